import type { Filter, Granularity, RegistryAnswer } from '@server/modules/explore/contract'
import { X } from 'lucide-react'
import { type ReactNode, useMemo, useState } from 'react'
import { useLocale } from '../../i18n'
import { ChipMenu } from '../../ui'
import { FilterAdder, FilterEditor } from './filter-editor'
import { useExploreMessages } from './messages'
import { Picker, type PickOption, Popup } from './picker'
import { grains } from './search'

type Props = {
  registry: RegistryAnswer
  metrics: string[]
  by: string[]
  where: Filter[]
  grain: Granularity
  onChange: (patch: { metrics?: string[]; by?: string[]; where?: Filter[]; grain?: Granularity }) => void
  footer: ReactNode
}

/** The question as a sentence: show what, by what, where what. */
export function QuestionBuilder({ registry, metrics, by, where, grain, onChange, footer }: Props) {
  const t = useExploreMessages()
  const locale = useLocale()
  const names = useNames(registry)
  const metricOptions = useMemo<PickOption[]>(
    () =>
      registry.metrics
        .filter((metric) => !metrics.includes(metric.id))
        .map((metric) => ({
          id: metric.id,
          name: metric.name[locale],
          hint: metric.explanation[locale],
          group: t.groups[metric.group as keyof typeof t.groups] ?? metric.group,
        })),
    [registry, metrics, locale, t],
  )
  const dimensionOptions = useMemo<PickOption[]>(() => dimensionsOf(registry, locale), [registry, locale])
  const metric = registry.metrics.find((known) => known.id === metrics[0]) ?? registry.metrics[0]
  if (!metric) return null
  return (
    <section className="card question" aria-label={t.builder.title}>
      <div className="question-rows">
        <Line label={t.builder.show}>
          {metrics.map((id, index) => (
            <Token
              key={id}
              name={names.metric(id)}
              strong={index === 0}
              title={t.builder.drawThis(names.metric(id))}
              onPress={
                index === 0 ? undefined : () => onChange({ metrics: [id, ...metrics.filter((other) => other !== id)] })
              }
              onRemove={
                metrics.length > 1 ? () => onChange({ metrics: metrics.filter((other) => other !== id) }) : undefined
              }
            />
          ))}
          <Picker
            label={t.builder.addMetric}
            options={metricOptions}
            onPick={(id) => onChange({ metrics: [...metrics, id] })}
          />
        </Line>
        <Line label={t.builder.by}>
          {by.map((id, index) => (
            <Token
              key={id}
              name={names.dimension(id)}
              strong={index === 0}
              title={t.builder.drawThis(names.dimension(id))}
              onPress={index === 0 ? undefined : () => onChange({ by: [id, ...by.filter((other) => other !== id)] })}
              onRemove={() => onChange({ by: by.filter((other) => other !== id) })}
            />
          ))}
          <Picker
            label={t.builder.addDimension}
            options={dimensionOptions.filter((option) => !by.includes(option.id))}
            onPick={(id) => onChange({ by: [...by, id] })}
          />
          <ChipMenu
            label={t.builder.grain}
            prefix={t.builder.grain}
            shown={t.steps[grain]}
            value={grain}
            options={grains
              .filter((id) => registry.granularities.includes(id))
              .map((id) => ({ id, label: t.steps[id] }))}
            onChange={(next) => onChange({ grain: next })}
          />
        </Line>
        <Line label={t.builder.where}>
          {where.map((filter) => (
            <FilterToken
              key={JSON.stringify(filter)}
              filter={filter}
              name={names.dimension(filter.dimension)}
              metric={metric}
              others={where.filter((other) => other !== filter)}
              onChange={(next) => onChange({ where: where.map((other) => (other === filter ? next : other)) })}
              onRemove={() => onChange({ where: where.filter((other) => other !== filter) })}
            />
          ))}
          <FilterAdder
            label={t.builder.addFilter}
            options={dimensionOptions}
            filters={where}
            metric={metric}
            onAdd={(filter) => onChange({ where: [...where, filter] })}
          />
        </Line>
      </div>
      <div className="question-foot">{footer}</div>
    </section>
  )
}

function Line({ label, children }: { label: string; children: ReactNode }) {
  return (
    <fieldset className="question-row" aria-label={label}>
      <span className="question-label" aria-hidden="true">
        {label}
      </span>
      <div className="question-tokens">{children}</div>
    </fieldset>
  )
}

function Token({
  name,
  lead,
  strong = false,
  title,
  onPress,
  onRemove,
}: {
  name: string
  lead?: string
  strong?: boolean
  title?: string
  onPress?: (event: { currentTarget: HTMLElement }) => void
  onRemove?: () => void
}) {
  const t = useExploreMessages()
  const text = (
    <>
      {lead && <span className="token-lead">{lead}: </span>}
      {name}
    </>
  )
  return (
    <span className={strong ? 'token token-strong' : 'token'}>
      {onPress ? (
        <button type="button" className="token-text" title={title} onClick={onPress}>
          {text}
        </button>
      ) : (
        <span className="token-text">{text}</span>
      )}
      {onRemove && (
        <button
          type="button"
          className="token-remove"
          aria-label={t.builder.remove(lead ? `${lead}: ${name}` : name)}
          onClick={onRemove}
        >
          <X size={12} strokeWidth={1.75} aria-hidden="true" />
        </button>
      )}
    </span>
  )
}

function FilterToken({
  filter,
  name,
  metric,
  others,
  onChange,
  onRemove,
}: {
  filter: Filter
  name: string
  metric: RegistryAnswer['metrics'][number]
  others: Filter[]
  onChange: (filter: Filter) => void
  onRemove: () => void
}) {
  const t = useExploreMessages()
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const values = (list: (string | null)[]) => {
    const shown = list.slice(0, 3).map((value) => value ?? t.notSet)
    return shown.join(', ') + (list.length > 3 ? ` +${list.length - 3}` : '')
  }
  const text = filter.in
    ? values(filter.in)
    : filter.notIn
      ? `${t.filter.isNot} ${values(filter.notIn)}`
      : filter.contains
        ? `${t.filter.contains} “${filter.contains}”`
        : filter.isNull
          ? t.filter.isNull
          : t.filter.notNull
  return (
    <>
      <Token lead={name} name={text} onPress={(event) => setAnchor(event.currentTarget)} onRemove={onRemove} />
      <Popup anchor={anchor} onClose={() => setAnchor(null)} label={name}>
        <FilterEditor
          dimension={filter.dimension}
          name={name}
          filters={others}
          metric={metric}
          initial={filter}
          onApply={(next) => {
            setAnchor(null)
            onChange(next)
          }}
        />
      </Popup>
    </>
  )
}

/** Names of metrics and dimensions in the reader's language; what the registry does not know keeps its id. */
export function useNames(registry: RegistryAnswer | undefined) {
  const locale = useLocale()
  return useMemo(() => {
    const metrics = new Map(registry?.metrics.map((metric) => [metric.id, metric.name[locale]]))
    const dimensions = new Map(registry?.dimensions.map((dimension) => [dimension.id, dimension.name[locale]]))
    return {
      metric: (id: string) => metrics.get(id) ?? id,
      dimension: (id: string) => dimensions.get(id) ?? id.replace(/^(tag|extra):/, ''),
    }
  }, [registry, locale])
}

function dimensionsOf(registry: RegistryAnswer, locale: 'en' | 'ko' | 'ru'): PickOption[] {
  const own = { en: ['Tags', 'Other columns'], ko: ['태그', '그 밖의 열'], ru: ['Теги', 'Прочие столбцы'] }[locale]
  return [
    ...registry.dimensions.map((dimension) => ({
      id: dimension.id,
      name: dimension.name[locale],
      hint: dimension.focusColumn ?? dimension.explanation[locale],
    })),
    ...registry.tagKeys.map((key) => ({ id: `tag:${key}`, name: key, group: own[0] })),
    ...registry.extraColumns.map((key) => ({ id: `extra:${key}`, name: key, group: own[1] })),
  ]
}
