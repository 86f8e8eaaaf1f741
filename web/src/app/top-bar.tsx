import Menu from '@mui/material/Menu'
import MenuItem from '@mui/material/MenuItem'
import { useColorScheme } from '@mui/material/styles'
import { Calendar, LogOut, Moon, Search, Sun } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useLive, useSession, useSignOut } from '../api'
import { fill, useLocale, useMessages } from '../i18n'
import { type LocaleId, locales, rememberLocale } from '../i18n/locale'
import { Button, ChipMenu } from '../ui'
import { currencySymbol, dateRange, time } from '../ui/format'
import { useLensRegistry } from './lens'
import { addDays, type Period, periodIds } from './period'
import { useQuestion } from './question'
import { type CostBasis, costBases, type Lens, lenses } from './search'
import { UnitsChip } from './units-chip'

export function TopBar({ onSearch }: { onSearch: () => void }) {
  const t = useMessages()
  const question = useQuestion()
  const locale = useLocale()
  const registry = useLensRegistry()
  const costName = (id: CostBasis) =>
    registry.data?.metrics.find((metric) => metric.id === `${id}_cost`)?.name[locale] ?? t.cost[id]
  return (
    <header className="top-bar">
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot scroll sideways in every browser */}
      <div className="chips" role="group" aria-label={t.bar.filters}>
        <PeriodChip />
        <CurrencyChip />
        <ChipMenu<CostBasis>
          label={t.bar.cost}
          shown={costName(question.costBasis)}
          value={question.costBasis}
          options={costBases.map((id) => ({ id, label: costName(id), hint: t.costHint[id] }))}
          onChange={(id) => question.change({ cost: id === 'effective' ? undefined : id })}
        />
        <UnitsChip />
        <ChipMenu<Lens>
          label={t.bar.lens}
          prefix={t.bar.lens}
          shown={t.lens[question.lens]}
          value={question.lens}
          options={lenses.map((id) => ({ id, label: t.lens[id], hint: t.lensHint[id] }))}
          onChange={(id) => question.change({ lens: id === 'finops' ? undefined : id })}
        />
      </div>
      <div className="top-tools">
        <LiveBadge />
        <button type="button" className="btn search-button" aria-label={t.bar.search} onClick={onSearch}>
          <Search size={14} strokeWidth={1.75} aria-hidden="true" />
          <span className="search-word">{t.bar.search}</span>
          <kbd>{navigator.platform.startsWith('Mac') ? '⌘ K' : 'Ctrl K'}</kbd>
        </button>
        <LanguageMenu />
        <ThemeButton />
        <AccountMenu />
      </div>
    </header>
  )
}

/** The period in words people use: 1–19 Nov 2026 while November runs. */
export function usePeriodText(period: Period): string {
  const { locale, timeZone, today } = useQuestion()
  const last = period.isOpen && today < addDays(period.to, -1) ? today : addDays(period.to, -1)
  return dateRange(period.from, last, locale, timeZone)
}

function PeriodChip() {
  const t = useMessages()
  const { period, today, change } = useQuestion()
  const shown = usePeriodText(period)
  const [from, setFrom] = useState(period.from)
  const [last, setLast] = useState(addDays(period.to, -1))
  useEffect(() => {
    setFrom(period.from)
    setLast(period.isOpen && addDays(period.to, -1) > today ? today : addDays(period.to, -1))
  }, [period, today])
  return (
    <ChipMenu
      label={t.bar.period}
      icon={<Calendar size={14} strokeWidth={1.75} aria-hidden="true" />}
      shown={shown}
      value={period.id}
      options={periodIds.map((id) => ({ id: id as Period['id'], label: t.period[id] }))}
      onChange={(id) => change({ period: id === 'month' ? undefined : id })}
      footer={(close) => (
        <form
          className="custom-period"
          onSubmit={(event) => {
            event.preventDefault()
            close()
            change({ period: from <= last ? `${from}..${last}` : `${last}..${from}` })
          }}
          onKeyDown={(event) => event.stopPropagation()}
        >
          <fieldset>
            <legend>{t.bar.custom}</legend>
            <label>
              <span>{t.bar.from}</span>
              <input
                className="input"
                type="date"
                required
                max={today}
                value={from}
                onChange={(event) => setFrom(event.target.value)}
              />
            </label>
            <label>
              <span>{t.bar.to}</span>
              <input
                className="input"
                type="date"
                required
                value={last}
                onChange={(event) => setLast(event.target.value)}
              />
            </label>
            <Button type="submit" small>
              {t.bar.apply}
            </Button>
          </fieldset>
        </form>
      )}
    />
  )
}

function CurrencyChip() {
  const t = useMessages()
  const { currency, currencies, converted, change, organization } = useQuestion()
  const all = currencies.includes(currency) ? currencies : [currency, ...currencies]
  const name = (code: string) => (currencySymbol(code) === code ? code : `${code} ${currencySymbol(code)}`)
  const canConvert = organization.rateSource !== null && all.length > 1
  return (
    <ChipMenu
      label={t.bar.currency}
      shown={converted ? fill(t.bar.allIn, { currency: name(currency) }) : name(currency)}
      value={converted ? 'converted' : currency}
      options={[
        ...all.map((code) => ({ id: code, label: name(code) })),
        ...(canConvert
          ? [
              {
                id: 'converted',
                label: fill(t.bar.allIn, { currency: name(organization.currency) }),
                hint: t.rateSources[organization.rateSource ?? 'own'],
              },
            ]
          : []),
      ]}
      onChange={(code) =>
        change(
          code === 'converted'
            ? { currency: organization.currency, converted: true }
            : {
                currency: code === organization.currency && currencies.includes(code) ? undefined : code,
                converted: undefined,
              },
        )
      }
      footer={
        all.length < 2
          ? () => <p className="menu-note">{t.bar.noOtherCurrencies}</p>
          : canConvert
            ? undefined
            : () => <p className="menu-note">{t.bar.noRates}</p>
      }
    />
  )
}

/** The clock runs while news can arrive; it never speaks to screen readers by itself. */
export function LiveBadge({ short = false }: { short?: boolean }) {
  const t = useMessages()
  const live = useLive()
  const { timeZone } = useQuestion()
  const [now, setNow] = useState(() => new Date())
  useEffect(() => {
    if (short) return
    const timer = setInterval(() => setNow(new Date()), 1000)
    return () => clearInterval(timer)
  }, [short])
  return (
    <span className={`live ${live.state}`}>
      <i key={live.lastEventAt ?? 0} aria-hidden="true" />
      <span className="live-word">{t.live[live.state]}</span>
      {!short && <span className="num">{time(now, timeZone, { seconds: true })}</span>}
    </span>
  )
}

const languageNames: Record<LocaleId, string> = { en: 'English', ko: '한국어', ru: 'Русский' }

function LanguageMenu() {
  const t = useMessages()
  const locale = useLocale()
  const { change } = useQuestion()
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  return (
    <>
      <button
        type="button"
        className="btn icon language-button"
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        aria-label={`${t.bar.language}: ${languageNames[locale]}`}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        {locale.toUpperCase()}
      </button>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
        {locales.map((id) => (
          <MenuItem
            key={id}
            lang={id}
            role="menuitemradio"
            aria-checked={id === locale}
            selected={id === locale}
            onClick={() => {
              setAnchor(null)
              rememberLocale(id)
              change({ lang: id })
            }}
          >
            {languageNames[id]}
          </MenuItem>
        ))}
      </Menu>
    </>
  )
}

export function useTheme(): { dark: boolean; toggle: () => void } {
  const { mode, systemMode, setMode } = useColorScheme()
  const dark = (mode === 'system' ? systemMode : mode) === 'dark'
  return { dark, toggle: () => setMode(dark ? 'light' : 'dark') }
}

function ThemeButton() {
  const t = useMessages()
  const { dark, toggle } = useTheme()
  return (
    <button type="button" className="btn icon" aria-label={dark ? t.bar.light : t.bar.dark} onClick={toggle}>
      {dark ? (
        <Sun size={15} strokeWidth={1.75} aria-hidden="true" />
      ) : (
        <Moon size={15} strokeWidth={1.75} aria-hidden="true" />
      )}
    </button>
  )
}

function AccountMenu() {
  const t = useMessages()
  const session = useSession()
  const signOut = useSignOut()
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const user = session.data?.user
  if (!user) return null
  return (
    <>
      <button
        type="button"
        className="btn icon account-button"
        aria-haspopup="menu"
        aria-expanded={anchor !== null}
        aria-label={`${t.bar.account}: ${user.email}`}
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        {[...(user.name || user.email)][0]?.toUpperCase()}
      </button>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
        <li className="menu-note" role="presentation">
          <strong>{user.name}</strong>
          <br />
          {user.email}
        </li>
        <MenuItem
          onClick={() => {
            setAnchor(null)
            signOut.mutate()
          }}
        >
          <LogOut size={14} strokeWidth={1.75} aria-hidden="true" />
          {t.bar.signOut}
        </MenuItem>
      </Menu>
    </>
  )
}
