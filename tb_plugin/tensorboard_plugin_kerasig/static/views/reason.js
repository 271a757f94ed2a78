/** Why a probe's integral did not converge, in the words of the log. */

/**
 * @param {Record<string, any>} record Header.
 * @param {number} probe
 * @returns {{reason: string | null, remedy: string}} A few words and a sentence on what helps; null where it did
 * converge, and in logs of earlier versions, which do not say.
 */
export function reasonOf(record, probe) {
  const status = record.statuses?.[probe];
  if (typeof status !== "string" || status === "converged") return { reason: null, remedy: "" };
  const remedy = Object.hasOwn(record.remedies ?? {}, status) ? record.remedies[status] : "";
  return { reason: status, remedy: String(remedy ?? "") };
}
