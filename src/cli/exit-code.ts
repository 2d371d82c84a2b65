/** What the process ends with, as `aiops-operator --help` documents it. */
export const EXIT = {
  ok: 0,
  /** Started, and failed at what it was asked for. */
  failed: 1,
  /** The command line or the configuration is wrong: nothing was started. */
  usage: 2,
  /** The edit was refused; nothing was changed. */
  refused: 3,
  /** src/entry.js: this Node is too old (EX_UNAVAILABLE of sysexits.h). */
  unavailable: 69,
  /** 128 and the signal's number, as shells have it. */
  interrupted: { SIGINT: 130, SIGTERM: 143 },
} as const

export const EXIT_CODES_HELP = `Exit codes:
  0    done, or stopped gracefully by SIGTERM or Ctrl-C (run); propose: whatever was found, proposed or abstained from
  1    failed; standard error says why and what to do; doctor: something that the operator needs is missing
  2    the command line or the configuration is wrong; nothing was started
  3    refused, with a code and a sentence; nothing was changed (edit, trace)
  69   this Node.js is too old
  130  interrupted by Ctrl-C (demo, edit, trace); everything was stopped
  143  interrupted by SIGTERM (demo, edit, trace); everything was stopped`
