export function Logo({ size = 18 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 20 20" aria-hidden="true">
      <path
        d="M10 1.6a8.4 8.4 0 1 1-7.3 4.2"
        fill="none"
        stroke="currentColor"
        strokeWidth="2.1"
        strokeLinecap="round"
      />
      <rect x="5.8" y="9.6" width="2" height="4.4" rx="1" fill="var(--accent)" />
      <rect x="9" y="6.4" width="2" height="7.6" rx="1" fill="currentColor" />
      <rect x="12.2" y="8.6" width="2" height="5.4" rx="1" fill="var(--accent)" />
    </svg>
  )
}
