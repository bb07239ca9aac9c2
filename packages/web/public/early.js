// Runs before the first paint, and is a file of its own because the page allows no inline script:
// the chosen theme must not flash, and a room's address must not show the home page first.
;(() => {
  const root = document.documentElement
  if (location.pathname.startsWith('/r/')) root.dataset.page = 'room'
  try {
    const theme = localStorage.getItem('whisperrooms.theme')
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme
  } catch {
    // Storage may be forbidden; the system's theme is right then.
  }
})()
