import { phaseDiagram, phaseTable } from '#src/domain/phase-drawing.ts'

console.log(process.argv[2] === 'text' ? phaseTable() : phaseDiagram())
