import { EXIT } from '#src/cli/exit-code.ts'
import { type Shell, untilStopped } from '#src/cli/shell.ts'
import { serveGit } from '#src/embedded/git-server.ts'

/** The Git server of a kept demo, as a process of its own. */
export async function serveKeptRepositories(root: string, port: number, shell: Shell): Promise<number> {
  const server = await serveGit({ root, port })
  await untilStopped(shell.stop)
  await server.close()
  return EXIT.ok
}
