import type { RegistryAnswer } from '@server/modules/explore/contract'
import { useMemo } from 'react'
import { useRegistry } from '../api'
import { useLocale } from '../i18n'
import type { CostMetric } from './question'
import { useQuestion } from './question'
import type { Lens } from './search'

/** The registry in the words of a role: what it calls a metric stands for the metric’s own name. */
export function throughLens(registry: RegistryAnswer, lens: Lens): RegistryAnswer {
  if (lens === 'finops') return registry
  return {
    ...registry,
    metrics: registry.metrics.map((metric) => ({ ...metric, name: metric.lenses?.[lens] ?? metric.name })),
  }
}

/** The registry in the words of the lens that is chosen in the top bar. */
export function useLensRegistry() {
  const { lens } = useQuestion()
  const registry = useRegistry()
  const data = useMemo(() => registry.data && throughLens(registry.data, lens), [registry.data, lens])
  return { ...registry, data }
}

/** What the chosen role calls a cost; `fallback` until the registry is there. */
export function useCostName(metric: CostMetric, fallback: string): string {
  const locale = useLocale()
  const registry = useLensRegistry()
  return registry.data?.metrics.find((known) => known.id === metric)?.name[locale] ?? fallback
}
