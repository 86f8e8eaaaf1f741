import { X } from 'lucide-react'
import { createContext, type ReactNode, useContext, useEffect, useId, useRef, useState } from 'react'
import { createPortal } from 'react-dom'
import { useMessages } from '../i18n'

type Slot = { element: HTMLElement | null; setOpen: (open: boolean) => void }
const SlotContext = createContext<Slot>({ element: null, setOpen: () => {} })

/** Where drawers stand: beside the page, which gives way. The shell puts it in once. */
export function DrawerSlot({ children }: { children: (slot: ReactNode, open: boolean) => ReactNode }) {
  const [element, setElement] = useState<HTMLElement | null>(null)
  const [open, setOpen] = useState(false)
  return (
    <SlotContext.Provider value={{ element, setOpen }}>
      {children(<div className="drawer-slot" data-open={open} ref={setElement} />, open)}
    </SlotContext.Provider>
  )
}

/** Details at the right while the question stays in view. Escape closes; focus goes in and comes back. */
export function Drawer({
  title,
  onClose,
  children,
  tools,
}: {
  title: ReactNode
  onClose: () => void
  children: ReactNode
  tools?: ReactNode
}) {
  const { element, setOpen } = useContext(SlotContext)
  const t = useMessages()
  const id = useId()
  const panel = useRef<HTMLElement | null>(null)
  const close = useRef(onClose)
  close.current = onClose

  useEffect(() => {
    if (element === null) return
    const before = document.activeElement as HTMLElement | null
    setOpen(true)
    panel.current?.focus({ preventScroll: true })
    return () => {
      setOpen(false)
      if (before?.isConnected) before.focus({ preventScroll: true })
    }
  }, [element, setOpen])

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) close.current()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])

  if (element === null) return null
  return createPortal(
    <aside className="drawer" aria-labelledby={id} ref={panel} tabIndex={-1}>
      <div className="drawer-head">
        <h2 id={id}>{title}</h2>
        {tools}
        <button type="button" className="btn ghost icon" aria-label={t.nav.close} onClick={onClose}>
          <X size={16} strokeWidth={1.75} aria-hidden="true" />
        </button>
      </div>
      <div className="drawer-body">{children}</div>
    </aside>,
    element,
  )
}
