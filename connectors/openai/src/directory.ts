import { type Context, followPages, type Problem, ProviderFailure } from '@infrazen/connector-kit'
import { get, type Parameters, textOf } from './client'

/** Names by id, as they are today. What was deleted is no longer listed and keeps its id. */
export type Directory = {
  projects: Map<string, string>
  users: Map<string, string>
  keys: Map<string, string>
  problems: Problem[]
}

const known = new WeakMap<object, Promise<Directory>>()

/** Read once for all requests of a run. A missing right is a problem of the run, not its end: money does not need names. */
export function readDirectory(context: Context): Promise<Directory> {
  const directory = known.get(context.http) ?? load(context)
  known.set(context.http, directory)
  // A failure is not remembered: the next page may find the provider well again.
  directory.catch(() => known.delete(context.http))
  return directory
}

async function load(context: Context): Promise<Directory> {
  const directory: Directory = { projects: new Map(), users: new Map(), keys: new Map(), problems: [] }
  const named = async (what: string, work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof ProviderFailure) || error.details.retryable) throw error
      directory.problems.push({ code: 'names_missing', message: `${what} keep their ids: ${error.message}` })
    }
  }
  await named('Projects', async () => {
    for await (const project of list(context, '/organization/projects', { include_archived: true }))
      directory.projects.set(textOf(project.id), textOf(project.name))
  })
  await named('Users', async () => {
    for await (const user of list(context, '/organization/users', {}))
      directory.users.set(textOf(user.id), textOf(user.email) || textOf(user.name))
  })
  await named('Keys', async () => {
    for (const id of directory.projects.keys())
      for await (const key of list(context, `/organization/projects/${encodeURIComponent(id)}/api_keys`, {}))
        directory.keys.set(textOf(key.id), textOf(key.name) || textOf(key.redacted_value))
  })
  return directory
}

async function* list(context: Context, path: string, parameters: Parameters): AsyncGenerator<Record<string, unknown>> {
  const pages = followPages(null, async (after) => {
    const { body, reader } = await get(context, path, { ...parameters, limit: 100, after })
    const page = reader.array(body.data, 'data').map((item) => reader.object(item, 'data[]'))
    return { page, next: body.has_more === true ? reader.text(body.last_id, 'last_id') : null }
  })
  for await (const { page } of pages) yield* page
}
