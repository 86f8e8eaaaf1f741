import { createHash } from 'node:crypto'
import { type ConformanceSubject, S3StandIn, startStandIn } from '@infrazen/connector-kit/testing'
import { bucket } from './bucket'

const from = new Date('2026-09-01T00:00:00Z')
const to = new Date('2026-11-05T00:00:00Z')
const names = [
  'billing/2026-09.csv',
  'billing/2026-10 (final).csv.gz',
  'billing/нода/2026-11.parquet',
  'billing/a+b&c.csv',
]
const contentOf = (name: string) => `${name}\n`.repeat(500)
const files = Object.fromEntries(
  names.map((name) => [`${name} ${name}`, createHash('sha256').update(contentOf(name)).digest('hex')]),
)

/** A bucket with four files, names that need escaping among them, and things that are no bills. */
const subject: ConformanceSubject = {
  connector: bucket,
  async start() {
    const store = new S3StandIn('nordwind', 2)
    store.keys.YCAJEexample = { secret: 'YCOsecretOfTheStaticKey' }
    for (const name of [...names, 'billing/readme.txt', 'other/2026-09.csv']) store.put(name, contentOf(name))
    const standIn = await startStandIn((request) => store.answer(request))
    return {
      standIn,
      credentials: {
        endpoint: standIn.url,
        region: 'ru-central1',
        bucket: 'nordwind',
        prefix: 'billing/',
        accessKeyId: 'YCAJEexample',
        secretAccessKey: 'YCOsecretOfTheStaticKey',
      },
      restate: () => store.put('billing/2026-09.csv', 'restated\n'),
    }
  },
  from,
  to,
  now: new Date('2026-11-04T10:00:00Z'),
  files,
  isFile: (request) => request.path.startsWith('/nordwind/billing/'),
  field: 'ETag',
  fixtureSource:
    'S3 API reference (ListObjectsV2, GetObject, error responses), path style as MinIO and Yandex Object Storage are asked; signatures are verified. Names and contents are made up.',
}

export default [subject]
