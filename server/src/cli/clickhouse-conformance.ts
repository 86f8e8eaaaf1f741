import { newId } from '../primitives/ids'
import type { ClickHouse } from '../storage/clickhouse'

export type Conformance = { name: string; problem: string | null }

/**
 * Does this engine do what the ledger relies on? Works in tables of its own, with a name nobody else uses, and drops them.
 * Each promise is checked by what comes back, never by the version.
 */
export async function conformanceOf(clickhouse: ClickHouse): Promise<Conformance[]> {
  const table = `infrazen_doctor_${newId().replaceAll('-', '')}`
  const answers = async (sql: string, expected: unknown) => {
    const rows = await clickhouse.query({ name: 'doctor.conformance', sql, lane: 'background' })
    const got = JSON.stringify(rows)
    if (got !== JSON.stringify(expected)) throw new Error(`expected ${JSON.stringify(expected)}, got ${got}`)
  }
  const run = (sql: string) => clickhouse.command({ name: 'doctor.conformance', sql, lane: 'background' })
  const promises: [string, () => Promise<unknown>][] = [
    [
      'tables may be created, flushed to disk on insert',
      () =>
        run(
          `CREATE TABLE ${table} (Organization UUID, Amount Decimal(76, 30), Calls UInt64) ENGINE = MergeTree ORDER BY Organization SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
        ),
    ],
    [
      'a roll-up follows an insert',
      () =>
        run(
          `CREATE MATERIALIZED VIEW ${table}_mv ENGINE = SummingMergeTree ORDER BY Organization AS SELECT Organization, sum(Amount) AS Amount, sum(Calls) AS Calls FROM ${table} GROUP BY Organization`,
        ),
    ],
    [
      'rows are taken in as lines of JSON',
      () => clickhouse.insertNdjson({ name: 'doctor.conformance', table, rows: Buffer.from(lines) }),
    ],
    ['what was acknowledged is read at once', () => answers(`SELECT count() AS rows FROM ${table}`, [{ rows: '3' }])],
    [
      'sums of amounts keep every digit',
      () =>
        answers(`SELECT toString(sum(Amount)) AS amount FROM ${table}`, [
          { amount: '12345678901234567890123.123456789012345678901234567893' },
        ]),
    ],
    [
      'amounts leave as text, not as floating point',
      () =>
        answers(`SELECT max(Amount) AS amount FROM ${table}`, [
          { amount: '12345678901234567890123.123456789012345678901234567890' },
        ]).catch(() =>
          answers(`SELECT max(Amount) AS amount FROM ${table}`, [
            { amount: '12345678901234567890123.12345678901234567890123456789' },
          ]),
        ),
    ],
    [
      '64-bit counts leave as text',
      () => answers(`SELECT max(Calls) AS calls FROM ${table}`, [{ calls: '18446744073709551615' }]),
    ],
    [
      'the roll-up equals the rows',
      () =>
        answers(`SELECT toString(sum(Amount)) AS amount FROM ${table}_mv`, [
          { amount: '12345678901234567890123.123456789012345678901234567893' },
        ]),
    ],
    [
      'a value cannot become part of a statement',
      async () => {
        const [row] = await clickhouse.query<{ text: string }>({
          name: 'doctor.conformance',
          sql: 'SELECT {text:String} AS text',
          params: { text: "'; DROP TABLE x; --" },
        })
        if (row?.text !== "'; DROP TABLE x; --") throw new Error(`got ${JSON.stringify(row)}`)
      },
    ],
    ['a statement can be given a limit of time', () => run('SELECT 1 SETTINGS max_execution_time = 5')],
  ]
  const results: Conformance[] = []
  try {
    for (const [name, promise] of promises) {
      try {
        await promise()
        results.push({ name, problem: null })
      } catch (error) {
        results.push({ name, problem: error instanceof Error ? error.message : String(error) })
      }
    }
  } finally {
    for (const sql of [`DROP TABLE IF EXISTS ${table}_mv`, `DROP TABLE IF EXISTS ${table}`])
      await run(sql).catch(() => {})
  }
  return results
}

const organization = '0190a1b2-0000-7000-8000-000000000001'
const lines = [
  {
    Organization: organization,
    Amount: '12345678901234567890123.12345678901234567890123456789',
    Calls: '18446744073709551615',
  },
  { Organization: organization, Amount: '0.000000000000000000000000000001', Calls: '0' },
  { Organization: organization, Amount: '0.000000000000000000000000000002', Calls: '0' },
]
  .map((line) => `${JSON.stringify(line)}\n`)
  .join('')
