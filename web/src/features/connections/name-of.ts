import type { ConnectorManifest } from '@server/modules/connections/contract'
import type { LocaleId } from '../../i18n'

/** What a connector is called: a brand everywhere the same, a folder in the reader's language. */
export const nameOf = (manifest: Pick<ConnectorManifest, 'name' | 'title'>, locale: LocaleId): string =>
  manifest.title?.[locale] ?? manifest.name
