/** Whether this gateway takes no new messages for the moment; everything else goes on. */
export interface ReadOnly {
  isOn: boolean
}
