import { createTheme } from '@mui/material/styles'

/** MUI on the tokens of tokens.css: one palette, two schemes, the same custom properties for everything we draw ourselves. */
export const theme = createTheme({
  cssVariables: { colorSchemeSelector: 'data-theme' },
  colorSchemes: {
    light: {
      palette: {
        primary: { main: '#474BD1', dark: '#3B3FBA', contrastText: '#FFFFFF' },
        error: { main: '#B5281E' },
        warning: { main: '#8A5200' },
        success: { main: '#13713F' },
        background: { default: '#F7F8FA', paper: '#FFFFFF' },
        text: { primary: '#161A22', secondary: '#475062', disabled: '#626C7E' },
        divider: '#E3E6EB',
      },
    },
    dark: {
      palette: {
        primary: { main: '#A3A8FF', dark: '#B6BAFF', contrastText: '#11133A' },
        error: { main: '#FF8A7D' },
        warning: { main: '#E9B45A' },
        success: { main: '#5CC98B' },
        background: { default: '#0E1116', paper: '#14171D' },
        text: { primary: '#EBEEF3', secondary: '#B3BBC8', disabled: '#8D97A7' },
        divider: '#272C36',
      },
    },
  },
  shape: { borderRadius: 6 },
  typography: {
    fontFamily: 'var(--sans)',
    fontSize: 13,
    htmlFontSize: 16,
    body1: { fontSize: 13, lineHeight: '20px' },
    body2: { fontSize: 13, lineHeight: '20px' },
    button: { fontSize: 13, lineHeight: '20px', fontWeight: 500, textTransform: 'none' },
  },
  components: {
    MuiButtonBase: { defaultProps: { disableRipple: true } },
    MuiMenu: {
      defaultProps: { transitionDuration: 120 },
      styleOverrides: {
        paper: {
          backgroundImage: 'none',
          backgroundColor: 'var(--card)',
          border: '1px solid var(--border)',
          borderRadius: 8,
          boxShadow: 'var(--shadow)',
          marginTop: 4,
        },
        list: { padding: 4 },
      },
    },
    MuiMenuItem: {
      styleOverrides: {
        root: {
          fontSize: 13,
          minHeight: 32,
          borderRadius: 6,
          padding: '4px 10px',
          gap: 8,
          '&.Mui-selected': { backgroundColor: 'var(--accent-tint)' },
          '&.Mui-selected:hover': { backgroundColor: 'var(--accent-tint)' },
        },
      },
    },
    MuiDialog: {
      defaultProps: { transitionDuration: 120 },
      styleOverrides: {
        paper: {
          backgroundImage: 'none',
          backgroundColor: 'var(--card)',
          border: '1px solid var(--border)',
          borderRadius: 12,
          boxShadow: 'var(--shadow)',
        },
      },
    },
    MuiTooltip: {
      styleOverrides: {
        tooltip: {
          backgroundColor: 'var(--ink)',
          color: 'var(--on-ink)',
          fontSize: 12,
          lineHeight: '18px',
          borderRadius: 6,
        },
      },
    },
  },
})
