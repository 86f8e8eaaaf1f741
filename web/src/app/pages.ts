import {
  ChartNoAxesCombined,
  Database,
  FlaskConical,
  LayoutDashboard,
  type LucideIcon,
  Plug,
  Scale,
  Settings,
  Sparkles,
  Tags,
  Waypoints,
} from 'lucide-react'
import type { Translation } from '../i18n'
import type { en } from '../i18n/en'

/** A page of the rail; its route is one line in `router.tsx`, its name stands under `nav` in `i18n`. */
export type PageEntry = { to: string; id: keyof Translation<typeof en>['nav']; icon: LucideIcon }

/** The rail from top to bottom; the same list answers in the search. A page is one line here. */
export const pages = [
  { to: '/overview', id: 'overview', icon: LayoutDashboard },
  { to: '/ai', id: 'ai', icon: Sparkles },
  { to: '/experiments', id: 'experiments', icon: FlaskConical },
  { to: '/explore', id: 'explore', icon: ChartNoAxesCombined },
  { to: '/allocation', id: 'allocation', icon: Waypoints },
  { to: '/connections', id: 'connections', icon: Plug },
  { to: '/reconciliation', id: 'reconciliation', icon: Scale },
  { to: '/data', id: 'data', icon: Database },
  { to: '/prices', id: 'prices', icon: Tags },
] as const satisfies readonly PageEntry[]

export const settingsPage = { to: '/settings', id: 'settings', icon: Settings } as const satisfies PageEntry
