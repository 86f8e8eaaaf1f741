import { Link, Navigate, Outlet, useLocation } from '@tanstack/react-router'
import { Menu as MenuIcon, Search, X } from 'lucide-react'
import { lazy, Suspense, useEffect, useState } from 'react'
import { LiveUpdates, useSession } from '../api'
import { fill, useMessages } from '../i18n'
import { DrawerSlot, ErrorPanel, Skeleton } from '../ui'
import { Logo } from './logo'
import { pages, settingsPage } from './pages'
import { QuestionProvider, useQuestion } from './question'
import { LiveBadge, TopBar } from './top-bar'

const CommandPalette = lazy(() => import('./command-palette'))

/** Everything behind the sign-in: rail, top bar, the page, and the place where drawers stand. */
export function Shell() {
  const session = useSession()
  if (session.isPending) return <ShellSkeleton />
  if (session.isError && !session.data) {
    return (
      <main className="lone-page">
        <ErrorPanel error={session.error} onRetry={() => void session.refetch()} />
      </main>
    )
  }
  if (session.data.state === 'setup') return <Navigate to="/setup" replace />
  if (session.data.state === 'signed_out' || session.data.organization === null)
    return <Navigate to="/sign-in" replace />
  return (
    <LiveUpdates enabled>
      <QuestionProvider organization={session.data.organization}>
        <Frame />
      </QuestionProvider>
    </LiveUpdates>
  )
}

function Frame() {
  const t = useMessages()
  const { organization } = useQuestion()
  const location = useLocation()
  const [menuOpen, setMenuOpen] = useState(false)
  const [paletteOpen, setPaletteOpen] = useState(false)

  // biome-ignore lint/correctness/useExhaustiveDependencies: the menu closes whenever the page changes
  useEffect(() => setMenuOpen(false), [location.pathname])
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        setPaletteOpen((open) => !open)
      } else if (event.key === 'Escape') setMenuOpen(false)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
  const current = location.pathname.split('/')[1] as keyof typeof t.nav
  useEffect(() => {
    document.title = `${t.nav[current] ?? t.product} · ${organization.name} · InfraZen`
  }, [current, organization.name, t])

  return (
    <DrawerSlot>
      {(slot, drawerOpen) => (
        <div className="shell" data-drawer={drawerOpen} data-menu={menuOpen}>
          <a className="skip-link" href="#content">
            {t.nav.skip}
          </a>
          {menuOpen && (
            <button type="button" className="scrim" aria-label={t.nav.close} onClick={() => setMenuOpen(false)} />
          )}
          <aside className="rail" id="rail" aria-label={t.nav.menu}>
            <div className="rail-brand">
              <Logo />
              <span>InfraZen</span>
              <button
                type="button"
                className="btn ghost icon rail-close"
                aria-label={t.nav.close}
                onClick={() => setMenuOpen(false)}
              >
                <X size={16} strokeWidth={1.75} aria-hidden="true" />
              </button>
            </div>
            <OrganizationPlate />
            <nav aria-label={t.nav.main}>
              {pages.map((page) => (
                <RailLink key={page.id} page={page} />
              ))}
              <hr />
              <RailLink page={settingsPage} />
            </nav>
            <RailFoot />
          </aside>
          <div className="stage">
            <section className="phone-bar" aria-label={organization.name}>
              <button
                type="button"
                className="btn ghost icon"
                aria-label={t.nav.menu}
                aria-expanded={menuOpen}
                aria-controls="rail"
                onClick={() => setMenuOpen(true)}
              >
                <MenuIcon size={18} strokeWidth={1.75} aria-hidden="true" />
              </button>
              <div className="phone-organization">
                <strong>{organization.name}</strong>
                {organization.sample && <span>{t.sample}</span>}
              </div>
              <LiveBadge short />
              <button
                type="button"
                className="btn ghost icon"
                aria-label={t.bar.search}
                onClick={() => setPaletteOpen(true)}
              >
                <Search size={17} strokeWidth={1.75} aria-hidden="true" />
              </button>
            </section>
            <TopBar onSearch={() => setPaletteOpen(true)} />
            <main id="content" className="page" tabIndex={-1}>
              <Suspense fallback={<PageSkeleton />}>
                <Outlet />
              </Suspense>
            </main>
          </div>
          {slot}
          {paletteOpen && (
            <Suspense fallback={null}>
              <CommandPalette onClose={() => setPaletteOpen(false)} />
            </Suspense>
          )}
        </div>
      )}
    </DrawerSlot>
  )
}

function RailLink({ page: { to, id, icon: Icon } }: { page: (typeof pages)[number] | typeof settingsPage }) {
  const t = useMessages()
  return (
    <Link to={to} className="rail-link" activeProps={{ 'aria-current': 'page' }}>
      <Icon size={16} strokeWidth={1.75} aria-hidden="true" />
      {t.nav[id]}
    </Link>
  )
}

function OrganizationPlate() {
  const t = useMessages()
  const { organization } = useQuestion()
  return (
    <Link to="/settings" className="organization">
      <span className="organization-mark" aria-hidden="true">
        {[...organization.name][0]?.toUpperCase()}
      </span>
      <span className="organization-name">
        <strong>{organization.name}</strong>
        {organization.sample && <span>{t.sample}</span>}
      </span>
    </Link>
  )
}

function RailFoot() {
  const t = useMessages()
  const { timeZone, locale, now } = useQuestion()
  const tag = locale === 'en' ? 'en-US' : locale
  const part = (style: 'shortOffset' | 'short') =>
    new Intl.DateTimeFormat(tag, { timeZone, timeZoneName: style })
      .formatToParts(now)
      .find((p) => p.type === 'timeZoneName')?.value ?? ''
  return (
    <p className="rail-foot">
      {fill(t.figuresIn, { zone: timeZone.split('/').at(-1)?.replaceAll('_', ' ') ?? timeZone })}
      <br />
      {fill(t.dayStarts, { offset: part('shortOffset') })}
    </p>
  )
}

function ShellSkeleton() {
  return (
    <div className="shell">
      <aside className="rail" aria-busy="true">
        <div className="rail-brand">
          <Logo />
          <span>InfraZen</span>
        </div>
        <Skeleton height={48} />
      </aside>
      <div className="stage">
        <div className="top-bar" />
        <main className="page">
          <PageSkeleton />
        </main>
      </div>
    </div>
  )
}

export function PageSkeleton() {
  return (
    <div aria-hidden="true">
      <Skeleton width="min(640px, 90%)" height={22} style={{ margin: '4px 0 10px' }} />
      <Skeleton width="min(420px, 70%)" height={22} style={{ marginBottom: 14 }} />
      <div className="card" style={{ height: 158, marginBottom: 16 }} />
      <div className="card" style={{ height: 424 }} />
    </div>
  )
}
