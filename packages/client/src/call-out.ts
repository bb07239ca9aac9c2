/**
 * Runs code of the application. An error in it surfaces as an unhandled rejection, as that of an event listener would,
 * and never stops the work of the client.
 */
export function callOut(run: () => void): void {
  try {
    run()
  } catch (error) {
    void Promise.reject(error)
  }
}
