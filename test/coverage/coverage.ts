/** One source file: its lines, and how many of them ran. */
export interface FileCoverage {
  /** From src/, with slashes. */
  readonly path: string
  readonly lines: number
  readonly covered: number
}

export interface RoomCoverage {
  readonly room: string
  readonly lines: number
  readonly covered: number
  /** Percent, rounded down to a tenth: 94.99 is no 95. */
  readonly percent: number
  /** What has to be reached. */
  readonly aim: number
}

/** Per cent of lines over everything, and in the rooms without side effects. */
export const AIMS = { all: 85, pure: 95 } as const

/**
 * Sums by room, the whole as `all`. A file that no test ever loaded counts with all its lines as uncovered: the runner
 * leaves it out.
 */
export function byRoom(
  sources: readonly FileCoverage[],
  measured: readonly FileCoverage[],
  isPure: (room: string) => boolean,
): readonly RoomCoverage[] {
  const known = new Map(measured.map((file) => [file.path, file]))
  const files = sources.map((source) => known.get(source.path) ?? { ...source, covered: 0 })
  const rooms = new Map<string, FileCoverage[]>()
  for (const file of files) {
    const room = file.path.includes('/') ? (file.path.split('/')[0] ?? '') : 'main'
    rooms.set(room, [...(rooms.get(room) ?? []), file])
  }
  const sorted = [...rooms].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return [
    ...sorted.map(([room, own]) => summed(room, own, isPure(room) ? AIMS.pure : 0)),
    summed('all', files, AIMS.all),
  ]
}

function summed(room: string, files: readonly FileCoverage[], aim: number): RoomCoverage {
  const lines = files.reduce((sum, file) => sum + file.lines, 0)
  const covered = files.reduce((sum, file) => sum + file.covered, 0)
  const percent = lines === 0 ? 100 : Math.floor((covered / lines) * 1000) / 10
  return { room, lines, covered, percent, aim }
}

export function missed(rooms: readonly RoomCoverage[]): readonly RoomCoverage[] {
  return rooms.filter(({ percent, aim }) => percent < aim)
}

export function coverageTable(rooms: readonly RoomCoverage[]): string {
  const line = ({ room, lines, covered, percent, aim }: RoomCoverage) =>
    `${room.padEnd(12)}${String(lines).padStart(8)}${String(covered).padStart(9)}${percent.toFixed(1).padStart(8)} %${aim > 0 ? `  (aim ${aim} %${percent < aim ? ', MISSED' : ''})` : ''}\n`
  return `room           lines  covered\n${rooms.map(line).join('')}`
}
