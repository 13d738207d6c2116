// SPDX-License-Identifier: Apache-2.0
package import TabularModels

/// Features as the columns of the table of predictions.
extension Features {
  package static let columnNames = [
    "tenure_months", "contract", "internet", "payment", "tariff", "region", "senior", "paperless",
    "monthly_charges", "data_gb", "data_change", "call_minutes", "support_contacts", "complaints",
    "late_payments", "overage",
  ]

  /// The values of those columns; a yes is 1.
  package var columnValues: [ColumnValue] {
    [
      .number(Double(tenureMonths)), .text(contractName), .text(internetName), .text(paymentName),
      .text(tariffName), .text(regionName), .number(isSenior ? 1 : 0),
      .number(isPaperless ? 1 : 0), .optional(monthlyCharges), .optional(gigabytes),
      .optional(dataChange), .number(callMinutes), .number(Double(supportContacts)),
      .number(Double(complaints)), .number(Double(latePayments)), .number(overage),
    ]
  }
}
