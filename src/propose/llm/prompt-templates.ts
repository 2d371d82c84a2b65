import { readFile } from 'node:fs/promises'

/** Version of the prompts below templates/prompts; it stands in every proposal that came of them. */
export const PROMPT_VERSION = 'propose-v2'

/** The words a model reads, with `{{name}}` where values go. */
export interface PromptTemplates {
  readonly system: string
  readonly user: string
  readonly repair: string
  readonly invalid: string
}

/** Reads the prompts of the present version from the package's templates folder. */
export async function readPromptTemplates(): Promise<PromptTemplates> {
  const read = (part: string) =>
    readFile(new URL(`../../../templates/prompts/${PROMPT_VERSION}.${part}.md`, import.meta.url), 'utf8')
  const [system, user, repair, invalid] = await Promise.all(
    ['system', 'user', 'repair', 'invalid'].map(read) as [
      Promise<string>,
      Promise<string>,
      Promise<string>,
      Promise<string>,
    ],
  )
  return { system, user, repair, invalid }
}
