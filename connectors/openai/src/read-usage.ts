import {
  type AnswerReader,
  type Context,
  isoSecond,
  type Page,
  type Problem,
  ProviderFailure,
  type ReadRequest,
  shareOf,
  type UsageRow,
} from '@infrazen/connector-kit'
import { type Bucket, getBuckets, textOf, unixSeconds } from './client'
import { type Directory, readDirectory } from './directory'
import { type UsageKind, usageKinds } from './usage-kinds'

type Cursor = { kind: number; page: string | null }

/** Usage of every kind in UTC buckets. A kind that this organization's API does not have is said and left out. */
export async function* readUsage(request: ReadRequest, context: Context): AsyncGenerator<Page> {
  const directory = await readDirectory(context)
  let problems: Problem[] = request.cursor ? [] : directory.problems
  let cursor: Cursor = request.cursor ? (JSON.parse(request.cursor) as Cursor) : { kind: 0, page: null }
  while (cursor.kind < usageKinds.length) {
    const kind = usageKinds[cursor.kind]!
    const answer = await getBuckets(context, `/organization/usage/${kind.name}`, {
      start_time: unixSeconds(request.from),
      end_time: unixSeconds(request.to),
      bucket_width: kind.width,
      group_by: kind.groupBy,
      limit: kind.width === '1h' ? 168 : 31,
      page: cursor.page,
    }).catch((error: unknown) => {
      const optional = cursor.kind > 0 && error instanceof ProviderFailure
      if (!optional || (error.code !== 'not_found' && error.details.status !== 400)) throw error
      problems = [
        ...problems,
        { code: 'part_missing', message: `Usage of ${kind.name} was not read: ${error.message}` },
      ]
      return null
    })
    const last = answer?.buckets.at(-1)
    const within = last && answer?.next ? shareOf(request.from, request.to, last.end) : 1
    const done = answer !== null && answer.next === null
    const next: Cursor =
      answer?.next != null ? { kind: cursor.kind, page: answer.next } : { kind: cursor.kind + 1, page: null }
    yield {
      part: `usage/${kind.name}`,
      partDone: done,
      cursor: next.kind < usageKinds.length ? JSON.stringify(next) : null,
      progress: (cursor.kind + within) / usageKinds.length,
      problems,
      usage:
        answer?.buckets.flatMap((bucket) =>
          bucket.results.map((result) => toUsage(kind, bucket, result, answer.reader, directory, context)),
        ) ?? [],
    }
    problems = []
    cursor = next
  }
}

function toUsage(
  kind: UsageKind,
  bucket: Bucket,
  result: Record<string, unknown>,
  reader: AnswerReader,
  { projects, users, keys }: Directory,
  { credentials }: Context,
): UsageRow {
  const project = textOf(result.project_id)
  const key = textOf(result.api_key_id)
  const user = textOf(result.user_id)
  const attributes: Record<string, string> = {}
  for (const name of ['size', 'source', 'context_level', 'vector_store_id'])
    if (textOf(result[name]) !== '') attributes[name] = textOf(result[name])
  if (result.batch === true) attributes.batch = 'true'
  return {
    bucketStart: isoSecond(bucket.start),
    bucketEnd: isoSecond(bucket.end),
    account: credentials.organization ?? '',
    project,
    projectName: projects.get(project) ?? project,
    key,
    keyName: keys.get(key) ?? key,
    user,
    userName: users.get(user) ?? user,
    model: textOf(result.model),
    tier: result.batch === true ? 'batch' : textOf(result.service_tier),
    region: '',
    units: kind.unitsOf(result, reader),
    requests: kind.requests === null ? null : reader.decimal(result[kind.requests], kind.requests),
    attributes,
  }
}
