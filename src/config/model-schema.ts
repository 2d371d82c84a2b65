import { z } from 'zod'
import {
  duration,
  environmentName,
  listOf,
  path,
  plainHttpUrl,
  say,
  someText,
  textOf,
  wholeNumber,
} from './fields.ts'

const MANY = 1_000_000_000

/** What all language models share. */
export const modelsSchema = z.strictObject(
  {
    concurrency: say(
      wholeNumber(1, 64).prefault(2),
      'whole number',
      'Requests to language models at the same time.',
    ),
    tokensPerIncident: say(
      wholeNumber(0, MANY).prefault(50_000),
      'whole number',
      'Tokens (prompts and answers) that one fault may cost; after that its proposal is left to playbooks and people.',
    ),
    tokensPerHour: say(
      wholeNumber(0, MANY).prefault(1_000_000),
      'whole number',
      'Tokens that all faults together may cost within an hour.',
    ),
    centsPerIncident: say(
      wholeNumber(0, MANY).prefault(20),
      'whole number',
      'US cents that one fault may cost, by the configured prices.',
    ),
    centsPerHour: say(
      wholeNumber(0, MANY).prefault(500),
      'whole number',
      'US cents that all faults together may cost within an hour.',
    ),
  },
  { error: 'a mapping' },
)

const common = {
  retries: say(
    wholeNumber(0, 10).prefault(2),
    'whole number',
    'Further tries when the server cannot be asked for a moment.',
  ),
  repairRounds: say(
    wholeNumber(0, 5).prefault(2),
    'whole number',
    'How often the model may answer a gate that refused its proposal.',
  ),
}

export const ollamaSchema = z.strictObject(
  {
    url: say(
      plainHttpUrl().prefault('http://127.0.0.1:11434'),
      'URL',
      'The Ollama server. Redacted evidence is sent there and nowhere else.',
    ),
    model: say(someText('the name of a model').prefault('qwen2.5:7b'), 'text', 'The model to ask.'),
    timeout: say(duration(1000).prefault('2m'), 'duration', 'How long one answer may take.'),
    ...common,
    contextTokens: say(
      wholeNumber(2048, 131_072).prefault(8192),
      'whole number',
      "The model's context window (`num_ctx`).",
    ),
  },
  { error: 'a mapping' },
)

/** A model that is paid by the token, or runs on somebody else's machine. */
export function hostedSchema({ url, urlAbout, model }: { url: string; urlAbout: string; model: string }) {
  return z.strictObject(
    {
      url: say(plainHttpUrl().prefault(url), 'URL', `${urlAbout} Redacted evidence is sent there.`),
      model: say(someText('the name of a model').prefault(model), 'text', 'The model to ask.'),
      apiKeyFile: say(path().optional(), 'path', 'File with the API key. Read again for every request.'),
      apiKeyEnv: say(environmentName().optional(), 'text', 'Environment variable with the API key.'),
      namespaces: say(
        listOf(
          textOf('the name of a namespace, or *', (text) =>
            /^(?:\*|[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)$/.test(text),
          ),
          'a list of namespaces',
        ).prefault([]),
        'list of texts',
        'Namespaces whose redacted evidence may be sent there; `*` for all. Without it: none.',
      ),
      timeout: say(duration(1000).prefault('1m'), 'duration', 'How long one answer may take.'),
      ...common,
      contextTokens: say(
        wholeNumber(2048, 1_000_000).prefault(16_384),
        'whole number',
        'The prompt and its answer are kept within so many tokens.',
      ),
      answerTokens: say(
        wholeNumber(200, 20_000).prefault(1000),
        'whole number',
        'Tokens that an answer may take; a model that thinks before it answers needs more.',
      ),
      promptPrice: say(
        wholeNumber(0, MANY).prefault(0),
        'whole number',
        'US cents for a million tokens of prompts.',
      ),
      answerPrice: say(
        wholeNumber(0, MANY).prefault(0),
        'whole number',
        'US cents for a million tokens of answers.',
      ),
    },
    { error: 'a mapping' },
  )
}
