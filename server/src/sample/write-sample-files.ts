import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { planBills, type SampleFile } from './bills'
import { storyAt } from './calendar'
import { defaultSeed } from './seed'

/**
 * Writes the sample bills as files. `months` limits it to the newest ones. The same `now` (by its UTC day) and seed give the same bytes.
 * Returns what was written, with exact sums, in the order in which the files should be imported.
 */
export function writeSampleFiles(
  folder: string,
  options: { now: Date; seed?: string; months?: number },
): Omit<SampleFile, 'content'>[] {
  mkdirSync(folder, { recursive: true })
  const story = storyAt(options.now.getTime(), options.seed ?? defaultSeed)
  const months = story.months.slice(-(options.months ?? story.months.length)).map((month) => month.text)
  return planBills(story)
    .filter((plan) => months.includes(plan.month.text))
    .map((plan) => {
      const { content, ...about } = plan.write()
      writeFileSync(join(folder, about.fileName), content)
      return about
    })
}
