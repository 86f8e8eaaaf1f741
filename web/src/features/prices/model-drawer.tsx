import type { ModelAnswer, Rule, RuleTerms } from '@server/modules/pricing/contract'
import { Pencil, Plus, Scale } from 'lucide-react'
import { useQuestion } from '../../app/question'
import { useLocale } from '../../i18n'
import { Badge, Button, Drawer, ErrorPanel, SkeletonRows } from '../../ui'
import { count, date } from '../../ui/format'
import { usePricesMessages } from './messages'
import { useModel } from './prices-api'
import { byUnit, rateText } from './rates'
import { emptyTerms, ruleTitle } from './rule-form'

type Terms = ModelAnswer['terms'][number]
type Price = Terms['prices'][number]

/** A model's prices on all terms, what held when, where sources disagree, and the way to a contract price. */
export function ModelDrawer({
  chosen,
  onClose,
  onNew,
  onEdit,
}: {
  chosen: { provider: string; model: string }
  onClose: () => void
  onNew: (terms: RuleTerms) => void
  onEdit: (rule: Rule) => void
}) {
  const t = usePricesMessages()
  const locale = useLocale()
  const { timeZone } = useQuestion()
  const model = useModel(chosen)
  const standard = model.data?.terms.find((terms) => terms.serviceTier === '' && !terms.batch && terms.region === '')
  const current = standard?.prices.find((price) => price.inForce)
  const contract = (): RuleTerms =>
    ({
      ...emptyTerms('contract'),
      provider: chosen.provider,
      model: chosen.model,
      ids: model.data?.ids ?? [],
      currency: current?.currency ?? 'USD',
      rates: { ...(current?.rates ?? {}) },
      tiers: (current?.tiers ?? []).map((tier) => ({ ...tier, operator: tier.operator as '>' })),
    }) as RuleTerms
  return (
    <Drawer title={chosen.model} onClose={onClose}>
      <p className="quiet">
        {chosen.provider} · {t.drawer.per}
      </p>
      {model.isPending && <SkeletonRows rows={8} />}
      {model.isError && <ErrorPanel error={model.error} onRetry={() => void model.refetch()} />}
      {model.data && (
        <div className="price-drawer">
          <div className="price-actions">
            <Button
              small
              kind="primary"
              icon={<Plus size={14} strokeWidth={2} aria-hidden="true" />}
              onClick={() => onNew(contract())}
            >
              {t.drawer.contract}
            </Button>
            <Button
              small
              onClick={() =>
                onNew({ ...emptyTerms('discount'), provider: chosen.provider, model: chosen.model } as RuleTerms)
              }
            >
              {t.drawer.discount}
            </Button>
          </div>
          {model.data.terms.map((terms) => (
            <TermsPrices key={termsName(terms, t.standard, t.batch)} terms={terms} />
          ))}
          {model.data.ids.length > 0 && (
            <section>
              <h3>{t.drawer.ids}</h3>
              <p className="price-ids">
                {model.data.ids.map((id) => (
                  <code key={id}>{id}</code>
                ))}
              </p>
            </section>
          )}
          {model.data.rules.length > 0 && (
            <section>
              <h3>{t.drawer.rules}</h3>
              <ul className="price-rules">
                {model.data.rules.map((rule) => (
                  <li key={rule.id}>
                    <span className="two-lines">
                      <b>{ruleTitle(rule.terms, t)}</b>
                      <small>{t.since(date(rule.recordedAt, locale, timeZone))}</small>
                    </span>
                    <Button
                      small
                      kind="ghost"
                      aria-label={t.change}
                      icon={<Pencil size={14} strokeWidth={1.75} aria-hidden="true" />}
                      onClick={() => onEdit(rule)}
                    />
                  </li>
                ))}
              </ul>
            </section>
          )}
          {model.data.disagreements.length > 0 && (
            <section>
              <h3>
                <Scale size={14} strokeWidth={1.75} aria-hidden="true" /> {t.drawer.disagreements}
              </h3>
              <table className="table compact">
                <thead>
                  <tr>
                    <th scope="col">{t.unit}</th>
                    <th scope="col" className="right">
                      genai-prices
                    </th>
                    <th scope="col" className="right">
                      LiteLLM
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {model.data.disagreements.map((each) => (
                    <tr key={each.unit}>
                      <td>{t.units[each.unit as 'hour.gpu'] ?? each.unit}</td>
                      <td className="right">{rateText(each.used, 'USD', locale)}</td>
                      <td className="right">{rateText(each.other, 'USD', locale)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
              <p className="quiet">{t.drawer.disagreementsNote}</p>
            </section>
          )}
        </div>
      )}
    </Drawer>
  )
}

function termsName(terms: Pick<Terms, 'serviceTier' | 'batch' | 'region'>, standard: string, batch: string): string {
  const parts = [terms.serviceTier, terms.batch ? batch : '', terms.region].filter(Boolean)
  return parts.length === 0 ? standard : parts.join(' · ')
}

function TermsPrices({ terms }: { terms: Terms }) {
  const t = usePricesMessages()
  const locale = useLocale()
  const shown = terms.prices.find((price) => price.inForce) ?? terms.prices[0]!
  return (
    <section>
      <h3>
        {termsName(terms, t.standard, t.batch)}
        {!terms.prices.some((price) => price.inForce) && <Badge tone="warn">{t.drawer.notNow}</Badge>}
        {shown.billing && <Badge tone="accent">{t.modes[shown.billing as 'free'] ?? shown.billing}</Badge>}
      </h3>
      <table className="table compact">
        <thead>
          <tr>
            <th scope="col">{t.unit}</th>
            <th scope="col" className="right">
              {t.price}
            </th>
            {shown.listRates && (
              <th scope="col" className="right">
                {t.drawer.list}
              </th>
            )}
            {shown.tiers.map((tier) => (
              <th key={tier.value} scope="col" className="right">
                {tier.operator === '>' ? '>' : '≥'} {count(tier.value, locale)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Object.keys(shown.rates)
            .sort(byUnit)
            .map((unit) => (
              <tr key={unit}>
                <td>
                  <span className="two-lines">
                    {t.units[unit as 'hour.gpu'] ?? unit}
                    {t.units[unit as 'hour.gpu'] && <small>{unit}</small>}
                  </span>
                </td>
                <td className="right">{rateText(shown.rates[unit], shown.currency, locale)}</td>
                {shown.listRates && (
                  <td className="right quiet">{rateText(shown.listRates[unit], shown.currency, locale)}</td>
                )}
                {shown.tiers.map((tier) => (
                  <td key={tier.value} className="right">
                    {rateText(tier.rates[unit], shown.currency, locale)}
                  </td>
                ))}
              </tr>
            ))}
        </tbody>
      </table>
      {shown.notes.map((note) => (
        <p key={note} className="quiet" lang="en">
          {note}
        </p>
      ))}
      <p className="quiet price-version">
        <code>{shown.priceVersion}</code>
      </p>
      {terms.prices.length > 1 && <TimeLine prices={terms.prices} />}
    </section>
  )
}

/** What held when: one bar an interval, the later authority above the earlier, today marked. */
function TimeLine({ prices }: { prices: Price[] }) {
  const t = usePricesMessages()
  const locale = useLocale()
  const now = Date.now()
  const bounds = prices.flatMap((price) => [price.from, price.to]).flatMap((at) => (at ? [Date.parse(at)] : []))
  const first = Math.min(...bounds, now) - 60 * 86_400_000
  const last = Math.max(...bounds, now) + 60 * 86_400_000
  const place = (at: string | null, absent: number) =>
    `${(((at === null ? absent : Date.parse(at)) - first) / (last - first)) * 100}%`
  const width = (price: Price) =>
    `${(((price.to === null ? last : Date.parse(price.to)) - (price.from === null ? first : Date.parse(price.from))) / (last - first)) * 100}%`
  const when = (price: Price) =>
    t.interval(
      price.from === null ? null : date(price.from, locale, 'UTC'),
      price.to === null ? null : date(price.to, locale, 'UTC'),
    )
  return (
    <figure className="price-line">
      <figcaption>{t.drawer.timeLine}</figcaption>
      <ol>
        {prices.map((price) => (
          <li key={`${price.priceVersion} ${price.from} ${price.daily?.from}`}>
            <span className="price-track" aria-hidden="true">
              <i
                className={price.inForce ? 'now' : ''}
                style={{ left: place(price.from, first), width: width(price) }}
              />
              <b style={{ left: `${((now - first) / (last - first)) * 100}%` }} />
            </span>
            <span className="price-when">
              {when(price)}
              {price.daily && ` · ${price.daily.from}–${price.daily.to} UTC`}
            </span>
            <span className="num">
              {Object.keys(price.rates)
                .sort(byUnit)
                .filter((unit) => unit === 'input.text.plain' || unit === 'output.text.visible')
                .map((unit) => rateText(price.rates[unit], price.currency, locale))
                .join(' / ') || t.drawer.otherUnits}
            </span>
          </li>
        ))}
      </ol>
    </figure>
  )
}
