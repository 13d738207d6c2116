// SPDX-License-Identifier: Apache-2.0
import Checks
import Profiles
import Statistics

extension Measurement {
  /// The share of the customers who were scored, by whichever version; nil where it is not known
  /// who they are.
  func coverage(_ kind: WindowSpec, _ range: TimeRange) -> Reading? {
    guard customers.isCoverageWanted else { return nil }
    guard let found = customers.coverage[range], found.customers > 0 else {
      return Reading(
        .coverage,
        subject: Subject.scoreName,
        sample: Reading.Sample(current: 0),
        obstacle: .noData(
          customers.coverage[range] == nil
            ? "checks count it for the windows that they evaluate" : "nobody was a customer in it"
        )
      )
    }
    var reading = Reading(
      .coverage,
      subject: Subject.scoreName,
      value: Double(found.scored) / Double(found.customers),
      sample: Reading.Sample(current: found.customers)
    )
    let missing = found.customers - found.scored
    reading.details = [Reading.Detail("not_scored", Double(missing))]
    if missing > 0 {
      reading.note =
        "\(NumberText.grouped(missing)) of \(NumberText.grouped(found.customers)) customers were not scored"
    }
    if let window = references.sample(kind), let theirs = customers.coverage[window],
      theirs.customers > 0
    {
      reading.reference = Double(theirs.scored) / Double(theirs.customers)
      reading.sample.reference = theirs.customers
    } else {
      reading.obstacle = .noReference("the reference has no window of \(kind) with customers")
    }
    return reading
  }

  /// Returns readings that rest on estimates with intervals as wide as repeated customers make
  /// them.
  func clustered(_ readings: [Reading], _ kind: WindowSpec, version: String) -> [Reading] {
    guard let design = customers.design(version, kind) else { return readings }
    return readings.map { reading in
      let factor = design[reading.check]
      guard factor > 1, let value = reading.value, let interval = reading.interval,
        !reading.details.contains(where: { $0.name == DesignEffects.detail })
      else { return reading }
      var reading = reading
      reading.interval = interval.widened(around: value, by: factor.squareRoot())
        .clamped(to: reading.check.definition.unit.range)
      reading.details.append(Reading.Detail(DesignEffects.detail, factor))
      return reading
    }
  }
}
