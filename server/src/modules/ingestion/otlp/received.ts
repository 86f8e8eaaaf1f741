import { Counter, register } from 'prom-client'

const name = 'infrazen_otlp_records_total'

/** Counts records by signal and what became of them, so that what was not used can be seen. */
export const received =
  (register.getSingleMetric(name) as Counter<'signal' | 'outcome'> | undefined) ??
  new Counter({
    name,
    help: 'Telemetry records received, by signal (traces, logs, metrics) and outcome (recorded, known, other, rejected, unused)',
    labelNames: ['signal', 'outcome'],
  })
