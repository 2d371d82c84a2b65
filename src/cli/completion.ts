import { Argument, type Command } from 'commander'
import type { Shell } from './shell.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const

const COMPLETION_NOTES = `
Examples:
  source <(aiops-operator completion bash)
  aiops-operator completion zsh > "\${fpath[1]}/_aiops-operator"
  aiops-operator completion fish > ~/.config/fish/completions/aiops-operator.fish`

export function addCompletion(program: Command, shell: Shell): void {
  program
    .command('completion')
    .summary("print the shell's completion")
    .description('Prints a script that completes commands and options in a shell.')
    .addArgument(new Argument('<shell>', 'for which shell').choices([...SHELLS]))
    .addHelpText('after', COMPLETION_NOTES)
    .action((name: (typeof SHELLS)[number]) => {
      shell.stdout.write(SCRIPTS[name](wordsOf(program)))
    })
}

interface Words {
  readonly program: string
  readonly commands: readonly {
    readonly name: string
    readonly summary: string
    readonly options: readonly { readonly long: string; readonly about: string }[]
  }[]
}

function wordsOf(program: Command): Words {
  // Hidden commands are nobody's to type.
  const commands = program.createHelp().visibleCommands(program)
  return {
    program: 'aiops-operator',
    commands: commands.map((command) => ({
      name: command.name(),
      summary: command.summary() || command.description(),
      options: command.options.flatMap(({ long, description }) =>
        long ? [{ long, about: description }] : [],
      ),
    })),
  }
}

const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], (words: Words) => string>> = {
  bash: ({ program, commands }) => `_aiops_operator() {
  local words
  case \${COMP_WORDS[1]-} in
${commands.map(({ name, options }) => `    ${name}) words='${options.map(({ long }) => long).join(' ')} --help' ;;\n`).join('')}    *) words='${commands.map(({ name }) => name).join(' ')} --help --version' ;;
  esac
  [ "$COMP_CWORD" -gt 1 ] || words='${commands.map(({ name }) => name).join(' ')} --help --version'
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _aiops_operator ${program}
`,
  zsh: ({ program, commands }) => `#compdef ${program}
_aiops_operator() {
  if (( CURRENT == 2 )); then
    local -a commands=(
${commands.map(({ name, summary }) => `      ${quoted(`${name}:${summary}`)}\n`).join('')}    )
    _describe command commands
    return
  fi
  case $words[2] in
${commands.map(({ name, options }) => `    ${name}) compadd -- ${options.map(({ long }) => long).join(' ')} --help ;;\n`).join('')}  esac
  _files
}
compdef _aiops_operator ${program}
`,
  fish: ({ program, commands }) =>
    commands
      .flatMap(({ name, summary, options }) => [
        `complete -c ${program} -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
        ...options.map(
          ({ long, about }) =>
            `complete -c ${program} -n '__fish_seen_subcommand_from ${name}' -l ${long.slice(2)} -d ${quoted(about)}`,
        ),
      ])
      .map((line) => `${line}\n`)
      .join(''),
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
