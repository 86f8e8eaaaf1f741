import Dialog from '@mui/material/Dialog'
import { useNavigate } from '@tanstack/react-router'
import { ArrowRight, Search } from 'lucide-react'
import { type KeyboardEvent, useId, useMemo, useState } from 'react'
import { useRegistry } from '../api'
import { fill, useLocale, useMessages } from '../i18n'
import { pages, settingsPage } from './pages'
import { periodIds } from './period'
import { useQuestion } from './question'
import { costBases, lenses } from './search'
import { useTheme } from './top-bar'

type Command = { id: string; group: string; label: string; run: () => void }

/** Ctrl/Cmd K: go anywhere and change the question without the mouse. */
export default function CommandPalette({ onClose }: { onClose: () => void }) {
  const t = useMessages()
  const locale = useLocale()
  const navigate = useNavigate()
  const question = useQuestion()
  const registry = useRegistry()
  const theme = useTheme()
  const [text, setText] = useState('')
  const [index, setIndex] = useState(0)
  const listId = useId()

  const commands = useMemo<Command[]>(() => {
    return [
      ...[...pages, settingsPage].map(({ to, id }) => ({
        id: `p:${id}`,
        group: t.palette.pages,
        label: t.nav[id],
        run: () => void navigate({ to }),
      })),
      ...(registry.data?.dimensions ?? []).map((dimension) => ({
        id: `d:${dimension.id}`,
        group: t.nav.explore,
        label: fill(t.palette.exploreBy, { name: dimension.name[locale] }),
        run: () => void navigate({ to: '/explore', search: { by: [dimension.id] } as never }),
      })),
      ...periodIds.map((id) => ({
        id: `t:${id}`,
        group: t.palette.question,
        label: `${t.bar.period}: ${t.period[id]}`,
        run: () => question.change({ period: id === 'month' ? undefined : id }),
      })),
      ...question.currencies.map((code) => ({
        id: `c:${code}`,
        group: t.palette.question,
        label: `${t.bar.currency}: ${code}`,
        run: () => question.change({ currency: code }),
      })),
      ...costBases.map((id) => ({
        id: `b:${id}`,
        group: t.palette.question,
        label: `${t.bar.cost}: ${t.cost[id]}`,
        run: () => question.change({ cost: id === 'effective' ? undefined : id }),
      })),
      ...lenses.map((id) => ({
        id: `l:${id}`,
        group: t.palette.question,
        label: `${t.bar.lens}: ${t.lens[id]}`,
        run: () => question.change({ lens: id === 'finops' ? undefined : id }),
      })),
      {
        id: 'theme',
        group: t.palette.look,
        label: theme.dark ? t.palette.themeLight : t.palette.themeDark,
        run: theme.toggle,
      },
    ]
  }, [t, locale, navigate, question, registry.data, theme])

  const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  const found = commands
    .filter((command) => words.every((word) => command.label.toLocaleLowerCase().includes(word)))
    .slice(0, words.length === 0 ? 14 : 30)
  const chosen = found[Math.min(index, found.length - 1)]

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      const step = event.key === 'ArrowDown' ? 1 : -1
      setIndex((before) =>
        found.length === 0 ? 0 : (Math.min(before, found.length - 1) + step + found.length) % found.length,
      )
    } else if (event.key === 'Enter' && chosen) {
      event.preventDefault()
      onClose()
      chosen.run()
    }
  }

  return (
    <Dialog
      open
      onClose={onClose}
      aria-labelledby={`${listId}-title`}
      slotProps={{
        paper: { sx: { width: 560, maxWidth: 'calc(100vw - 24px)', position: 'fixed', top: '12vh', m: 0 } },
      }}
    >
      <div className="palette">
        <h2 className="visually-hidden" id={`${listId}-title`}>
          {t.palette.title}
        </h2>
        <div className="palette-input">
          <Search size={16} strokeWidth={1.75} aria-hidden="true" />
          <input
            autoFocus
            role="combobox"
            aria-expanded="true"
            aria-controls={listId}
            aria-activedescendant={chosen ? `${listId}-${chosen.id}` : undefined}
            aria-label={t.palette.placeholder}
            placeholder={t.palette.placeholder}
            value={text}
            onChange={(event) => {
              setText(event.target.value)
              setIndex(0)
            }}
            onKeyDown={onKeyDown}
          />
          <kbd>Esc</kbd>
        </div>
        <div className="palette-list" role="listbox" id={listId} aria-label={t.palette.title}>
          {found.length === 0 && <p className="menu-note">{t.palette.empty}</p>}
          {found.map((command, at) => (
            <div
              key={command.id}
              id={`${listId}-${command.id}`}
              role="option"
              tabIndex={-1}
              aria-selected={command === chosen}
              ref={(element) => {
                if (command === chosen) element?.scrollIntoView({ block: 'nearest' })
              }}
              onMouseMove={() => setIndex(at)}
              onClick={() => {
                onClose()
                command.run()
              }}
              onKeyDown={onKeyDown}
            >
              <span>{command.label}</span>
              <span className="palette-group">{command.group}</span>
              <ArrowRight size={13} aria-hidden="true" />
            </div>
          ))}
        </div>
      </div>
    </Dialog>
  )
}
