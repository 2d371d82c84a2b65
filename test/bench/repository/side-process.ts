import { checkoutSide } from './checkout-side.ts'
import { cloneSide } from './clone-side.ts'
import type { Place } from './place.ts'
import { stopwatch } from './stopwatch.ts'

/** Each side runs in a process of its own, so that its memory is its own; it sends its laps to the parent. */
const [side, place] = process.argv.slice(2)
const watch = stopwatch((JSON.parse(place ?? '{}') as Place).timeline)
await (side === 'clone' ? cloneSide : checkoutSide)(JSON.parse(place ?? '{}') as Place, watch)
process.send?.(watch.stop(), () => process.disconnect())
