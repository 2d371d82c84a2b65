import { licencesTable } from './licences.ts'

/** Prints the table of docs/licences.md. */
process.stdout.write(await licencesTable())
