/** @returns whether the clipboard took it. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyTheOldWay(text)
  }
}

/** Browsers hide the clipboard from pages that came over plain HTTP, as in a local network; the command of old still works there. */
function copyTheOldWay(text: string): boolean {
  let copied = false
  const onCopy = (event: ClipboardEvent) => {
    event.preventDefault()
    event.stopImmediatePropagation()
    event.clipboardData?.setData('text/plain', text)
    copied = event.clipboardData !== null
  }
  document.addEventListener('copy', onCopy, { capture: true })
  try {
    return document.execCommand('copy') && copied
  } catch {
    return false
  } finally {
    document.removeEventListener('copy', onCopy, { capture: true })
  }
}
