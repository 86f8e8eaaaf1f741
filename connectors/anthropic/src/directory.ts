import { type Account, type Context, followPages, type Problem, ProviderFailure } from '@infrazen/connector-kit'
import { get, textOf } from './client'

export type Directory = {
  account: Account
  workspaces: Map<string, string>
  /** The analytics reports name the default workspace by its id, the older ones by null. */
  defaultWorkspace: string
  keys: Map<string, string>
  users: Map<string, string>
  problems: Problem[]
}

const known = new WeakMap<object, Promise<Directory>>()

/** Read once for all requests of a run. */
export function readDirectory(context: Context): Promise<Directory> {
  const directory = known.get(context.http) ?? load(context)
  known.set(context.http, directory)
  directory.catch(() => known.delete(context.http))
  return directory
}

export async function readAccount(context: Context): Promise<Account> {
  const { body, reader } = await get(context, '/v1/organizations/me')
  const id = reader.text(body.id, 'id')
  return { id, name: textOf(body.name) || id }
}

async function load(context: Context): Promise<Directory> {
  const directory: Directory = {
    account: context.account ?? (await readAccount(context)),
    workspaces: new Map(),
    defaultWorkspace: '',
    keys: new Map(),
    users: new Map(),
    problems: [],
  }
  const named = async (what: string, work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof ProviderFailure) || error.details.retryable) throw error
      directory.problems.push({ code: 'names_missing', message: `${what} keep their ids: ${error.message}` })
    }
  }
  await named('Workspaces', async () => {
    for await (const workspace of list(context, '/v1/organizations/workspaces', {
      include_archived: true,
      include_default: true,
    })) {
      directory.workspaces.set(textOf(workspace.id), textOf(workspace.name))
      if (workspace.is_default === true || textOf(workspace.name) === 'Default')
        directory.defaultWorkspace = textOf(workspace.id)
    }
  })
  await named('Keys', async () => {
    for await (const key of list(context, '/v1/organizations/api_keys', {}))
      directory.keys.set(textOf(key.id), textOf(key.name) || textOf(key.partial_key_hint))
  })
  await named('Users', async () => {
    for await (const user of list(context, '/v1/organizations/users', {}))
      directory.users.set(textOf(user.id), textOf(user.email) || textOf(user.name))
  })
  return directory
}

async function* list(
  context: Context,
  path: string,
  parameters: Record<string, boolean>,
): AsyncGenerator<Record<string, unknown>> {
  const pages = followPages(null, async (after_id) => {
    const { body, reader, rows } = await get(context, path, { ...parameters, limit: 1000, after_id })
    return { page: rows(), next: body.has_more === true ? reader.text(body.last_id, 'last_id') : null }
  })
  for await (const { page } of pages) yield* page
}
