import type { BillFormat } from '@infrazen/connector-kit'
import type { Scope } from '../../../primitives/scope'
import type { Postgres } from '../../../storage/postgres'
import { formatOfMapping } from './mapping-format'
import { listMappings } from './mapping-store'

export { mappingRoutes } from './routes'

/** The organization's mappings as formats of an import. */
export async function mappingFormats(postgres: Postgres, scope: Scope): Promise<BillFormat[]> {
  return (await listMappings(postgres, scope)).map((mapping) => formatOfMapping({ ...mapping, id: mapping.format }))
}
