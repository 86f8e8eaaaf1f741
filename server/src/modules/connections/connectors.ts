import { type Connector, manifestProblems } from '@infrazen/connector-kit'
import { invalid, notFound } from '../../primitives/errors'

/** The connectors that this server can use, by id. */
export type Connectors = ReadonlyMap<string, Connector>

/**
 * Our own connectors and those of the npm packages that the settings name. A package gives a connector as its default export.
 * @throws Failure invalid_settings when a package is missing, unsound or takes a name that is taken
 */
export async function loadConnectors(
  own: readonly Connector[],
  packages: readonly string[],
  load: (name: string) => Promise<{ default?: unknown }> = (name) => import(name),
): Promise<Connectors> {
  const connectors = new Map(own.map((connector) => [connector.manifest.id, connector]))
  for (const name of packages) {
    const wrong = (why: string, cause?: unknown) =>
      Object.assign(invalid('invalid_settings', `INFRAZEN_CONNECTORS names ${name}, which cannot be used: ${why}`), {
        cause,
      })
    const loaded = await load(name).catch((cause: unknown) => {
      throw wrong('it is not installed beside the server. Run npm install there.', cause)
    })
    const connector = loaded.default as Partial<Connector> | undefined
    const problems = manifestProblems(connector?.manifest)
    if (typeof connector?.read !== 'function' || typeof connector.test !== 'function')
      problems.unshift('its default export is not a connector')
    if (problems.length > 0) throw wrong(problems.join('; '))
    const { id } = (connector as Connector).manifest
    if (connectors.has(id)) throw wrong(`there is already a connector ${id}`)
    connectors.set(id, connector as Connector)
  }
  return connectors
}

/** @throws Failure connector_not_found */
export function connectorOf(connectors: Connectors, id: string | null): Connector {
  const found = id === null ? undefined : connectors.get(id)
  if (!found)
    throw notFound(
      'connector_not_found',
      `There is no connector ${id ?? ''} here. Add its package to INFRAZEN_CONNECTORS, or choose one of ${[...connectors.keys()].join(', ')}.`,
    )
  return found
}
