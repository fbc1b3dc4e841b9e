/** Accounts are kept for so many full years after the one in which their last entry was made. */
export const keptUntil = (lastEntry: Date, years: number): Date =>
  new Date(Date.UTC(lastEntry.getUTCFullYear() + 1 + years, 0, 1));
