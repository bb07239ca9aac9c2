import { words } from '../words.ts'
import { THEMES } from './preferences.ts'
import { setTheme, useTheme } from './theme.ts'

/** The same in one small button, where there is no room for three. */
export function ThemeButton() {
  const theme = useTheme()
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system'
  return (
    <button type="button" className="footer-button" onClick={() => setTheme(next)}>
      {words.menu.themeIs(words.menu[theme])}
    </button>
  )
}

/** As the system has it, light, or dark. */
export function ThemeChoice() {
  const theme = useTheme()
  return (
    <fieldset className="seg" aria-label={words.menu.theme}>
      {THEMES.map((choice) => (
        <label key={choice}>
          <input type="radio" name="theme" checked={choice === theme} onChange={() => setTheme(choice)} />
          {words.menu[choice]}
        </label>
      ))}
    </fieldset>
  )
}
