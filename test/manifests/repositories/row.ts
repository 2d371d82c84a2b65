/** One thing that a person may ask of `edit`, and what must come of it. */
export interface Row {
  readonly why: string
  /** `--root`; with `--values` and `--release` after it, separated by blanks, for charts. */
  readonly root: string
  readonly target: string
  readonly set?: string | readonly string[]
  readonly unset?: string | readonly string[]
  readonly flags?: readonly ('--allow-shared' | '--overlay-patch')[]
  /**
   * By `file:line` of the checkout as it was, the lines that go (`-`) and those that come instead, or before it (`+`);
   * `file:new` for a new file. Every other byte of the checkout stays. Or the code of a refusal, and a part of its sentence.
   */
  readonly becomes:
    | 'unchanged'
    | Readonly<Record<string, readonly string[]>>
    | readonly [code: string, says: string]
  /** Asked before the edit, without `--root`: the engine's object, and the line that feeds the first field set. */
  readonly trace?: readonly [object: string, engine: string, at: string]
  /** The same command once more changes nothing. */
  readonly again?: true
}
