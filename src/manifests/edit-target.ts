import { applyChanges, type FieldChange } from '#src/domain/change.ts'
import { OperatorError } from '#src/domain/errors.ts'
import { parseFieldPath, valueAt } from '#src/domain/field-path.ts'
import { equalJson, isObject, type Json, type JsonObject } from '#src/domain/json.ts'
import { asJson, type KubeObject } from '#src/domain/kube-object.ts'
import type { Edit } from '#src/domain/proposal.ts'
import { describeRoot } from '#src/domain/root.ts'
import { describeTarget, type TargetRef } from '#src/domain/target.ts'
import {
  editManifestText,
  firstDifferentLine,
  jsonAt,
  type ObjectPlace,
} from '#src/manifests/yaml/edit-manifest-text.ts'
import { notEditable } from '#src/manifests/yaml/editable.ts'
import { attributeFiles } from '#src/manifests/yaml/generated-attribute.ts'
import { decodeManifest, isUnparsable } from '#src/manifests/yaml/yaml-text.ts'
import { SharedSourceError, sharedBy } from './affected.ts'
import { type EditCandidate, isNewPlace } from './edit-candidates.ts'
import type { EditProver, Proof } from './prove-edit.ts'
import type { CandidateFinder } from './rendered-candidates.ts'
import type { RepositoryFiles } from './repository-files.ts'
import type { RepositoryReader } from './repository-reader.ts'
import type { Origin } from './trace.ts'

export interface EditedFiles {
  readonly edits: readonly Edit[]
  /** The files before, with the edited ones replaced. */
  readonly after: RepositoryFiles
  readonly proof: Proof
}

/**
 * What to do where the only source of a field feeds other objects too: refuse, edit it all the same, or write a patch
 * into the target's own overlay.
 */
export type Sharing = 'refuse' | 'allow' | 'overlay'

export interface EditRequest {
  readonly origin: Origin
  readonly target: TargetRef
  readonly changes: readonly FieldChange[]
  readonly sharing: Sharing
}

/** Throws EditRefused, BlastRadius (a SharedSourceError), ProofFailed. Without any effective change: EditRefused. */
export type TargetEditor = (files: RepositoryFiles, request: EditRequest) => Promise<EditedFiles>

interface Step {
  readonly after: RepositoryFiles
  readonly edit: Edit
  /** Lines that the file gained. */
  readonly grown: number
  /** Of this change alone; absent where nothing was rendered yet. */
  readonly proof?: Proof
}

/** Makes the changes in the source of a target, one field after the other, and proves each and all of them. */
export function targetEditor(
  reader: RepositoryReader,
  prove: EditProver,
  candidatesOf: CandidateFinder,
): TargetEditor {
  async function attributesOf(files: RepositoryFiles, file: string): Promise<ReadonlyMap<string, string>> {
    const found = await reader.read(files, attributeFiles(file))
    return new Map([...found].map(([path, bytes]) => [path, decodeManifest(bytes) ?? '']))
  }

  /** Splices one place of one file. EditRefused. */
  async function splice(
    files: RepositoryFiles,
    file: string,
    place: ObjectPlace,
    field: string,
    change: (present: Json) => Json | undefined,
  ): Promise<Step | undefined> {
    const documents = (await reader.parse(files, [file])).get(file)
    const bytes = (await reader.read(files, [file])).get(file)
    const text = bytes === undefined ? undefined : decodeManifest(bytes)
    if (documents === undefined || text === undefined || isUnparsable(documents)) return undefined
    const refused = notEditable(files, file, text, documents, await attributesOf(files, file))
    if (refused !== undefined) throw new OperatorError('EditRefused', refused, { object: file })
    const present = jsonAt(documents[place.document], place.at)
    const value = present === undefined ? undefined : change(present)
    if (present === undefined || value === undefined || equalJson(present, value)) return undefined
    try {
      const edited = editManifestText(text, place, value)
      const after = files.with(new Map([[file, new TextEncoder().encode(edited.text)]]))
      return { after, edit: { file, line: edited.line, field }, grown: linesOf(edited.text) - linesOf(text) }
    } catch (error) {
      if (!(error instanceof OperatorError) || error.object !== undefined) throw error
      throw new OperatorError(error.code, error.message, { object: `${file}, ${field}` })
    }
  }

  /** The first candidate whose proof holds. What stood in the way of the others tells why there is none. */
  async function editRendered(
    files: RepositoryFiles,
    request: EditRequest,
    change: FieldChange,
    along: readonly FieldChange[],
  ): Promise<Step> {
    const { origin, target, sharing } = request
    const failures: OperatorError[] = []
    const expected = expectedOf(origin.object, [change])
    const candidates = await candidatesOf(files, request, change)
    const isSet = valueAt(asJson(origin.object), parseFieldPath(change.field)) !== undefined
    for (const candidate of candidates) {
      // What sets the field is shared: writing it anew elsewhere takes the person's consent, `overlay`.
      if (
        sharing === 'refuse' &&
        isSet &&
        isNewPlace(candidate) &&
        failures.some(({ code }) => code === 'BlastRadius')
      )
        break
      try {
        const step = await spliceCandidate(files, candidate, change.field)
        if (step === undefined) continue
        const claim = { target, origin, expected, changes: [change], along }
        const proof = await prove(files, step.after, claim)
        if (sharedBy(proof.radius).length > 0 && sharing !== 'allow')
          throw new SharedSourceError(describeTarget(target), [change.field], proof.radius)
        return { ...step, proof }
      } catch (error) {
        if (!(error instanceof OperatorError) || !REFUSALS.has(error.code)) throw error
        failures.push(error)
      }
    }
    const told = [...REFUSALS]
      .map((code) => failures.find((error) => error.code === code))
      .find((error) => error !== undefined)
    if (told) throw told
    throw new OperatorError('EditRefused', `no file that feeds it sets ${change.field}`, {
      object: describeTarget(target),
    })
  }

  async function spliceCandidate(
    files: RepositoryFiles,
    candidate: EditCandidate,
    field: string,
  ): Promise<Step | undefined> {
    const { file, place, change, changeText, adds } = candidate
    if (changeText !== undefined) return spliceText(files, file, field, changeText)
    const step = await splice(files, file, place, field, change)
    if (step === undefined || adds === undefined) return step
    const encoder = new TextEncoder()
    const added = new Map([...adds].map(([path, text]) => [path, encoder.encode(text)]))
    return { ...step, after: step.after.with(added) }
  }

  /** Changes a file that is no manifest, such as what a generator reads. */
  async function spliceText(
    files: RepositoryFiles,
    file: string,
    field: string,
    change: (present: string) => string | undefined,
  ): Promise<Step | undefined> {
    const bytes = (await reader.read(files, [file])).get(file)
    const text = bytes === undefined ? undefined : decodeManifest(bytes)
    const edited = text === undefined ? undefined : change(text)
    if (text === undefined || edited === undefined || edited === text) return undefined
    const refused = notEditable(files, file, text, [], await attributesOf(files, file))
    if (refused !== undefined) throw new OperatorError('EditRefused', refused, { object: file })
    const after = files.with(new Map([[file, new TextEncoder().encode(edited)]]))
    return {
      after,
      edit: { file, line: firstDifferentLine(text, edited), field },
      grown: linesOf(edited) - linesOf(text),
    }
  }

  return async (files, request) => {
    const { origin, target, changes, sharing } = request
    const expected = expectedOf(origin.object, changes)
    if (equalJson(expected, asJson(origin.object))) {
      throw new OperatorError('EditRefused', 'Git already says what was proposed', {
        object: describeTarget(target),
      })
    }
    let after = files
    let object = origin.object
    const steps: Step[] = []
    for (const [i, change] of changes.entries()) {
      const now = expectedOf(object, [change])
      if (equalJson(now, asJson(object))) continue
      const step =
        origin.kind === 'plain'
          ? await splice(after, origin.file, origin.place, change.field, (present) =>
              applyTo(present, change),
            )
          : await editRendered(
              after,
              { ...request, origin: { ...origin, object } },
              change,
              changes.slice(i + 1),
            )
      if (step === undefined)
        throw new OperatorError('EditRefused', 'its source cannot be read', {
          object: describeRoot(origin.root),
        })
      after = step.after
      object = step.proof?.object ?? (now as unknown as KubeObject)
      steps.push(step)
    }
    const edits = steps.map((step, i) => inFileBefore(step, steps.slice(0, i)))
    // The proof of the only change is the proof of all.
    const known = changes.length === 1 ? steps[0]?.proof : undefined
    const proof = known ?? (await prove(files, after, { target, origin, expected, changes }))
    if (sharedBy(proof.radius).length > 0 && sharing !== 'allow') {
      const fields = changes.map(({ field }) => field)
      throw new SharedSourceError(describeTarget(target), fields, proof.radius)
    }
    return { edits, after, proof }
  }
}

/** Refusals of one candidate that leave hope for the next, the most telling first. */
const REFUSALS: ReadonlySet<string> = new Set(['BlastRadius', 'EditRefused', 'ProofFailed', 'RenderFailed'])

/** The edit with its line as the file had it before the earlier steps. */
function inFileBefore({ edit }: Step, earlier: readonly Step[]): Edit {
  const line = earlier
    .toReversed()
    .filter((step) => step.edit.file === edit.file)
    .reduce(
      (here, step) => (step.edit.line < here ? Math.max(step.edit.line, here - step.grown) : here),
      edit.line,
    )
  return { ...edit, line }
}

function linesOf(text: string): number {
  return text.split('\n').length
}

function expectedOf(object: KubeObject, changes: readonly FieldChange[]): JsonObject {
  const json = applyTo(asJson(object), changes)
  if (!isObject(json)) throw new OperatorError('EditRefused', 'the change does not fit the object')
  return json
}

function applyTo(json: Json, changes: FieldChange | readonly FieldChange[]): Json {
  try {
    return applyChanges(json, 'op' in changes ? [changes] : changes)
  } catch (cause) {
    throw new OperatorError(
      'EditRefused',
      cause instanceof Error ? cause.message : 'the change does not fit',
      { cause },
    )
  }
}
