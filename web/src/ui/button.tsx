import type { ButtonHTMLAttributes, ReactNode } from 'react'

export type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  kind?: 'plain' | 'primary' | 'danger' | 'ghost'
  small?: boolean
  icon?: ReactNode
}

/** With an icon and no text it is square; then give it an `aria-label`. */
export function Button({
  kind = 'plain',
  small = false,
  icon,
  children,
  className = '',
  type = 'button',
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      className={`btn ${kind} ${small ? 'small' : ''} ${children === undefined ? 'icon' : ''} ${className}`}
    >
      {icon}
      {children}
    </button>
  )
}
