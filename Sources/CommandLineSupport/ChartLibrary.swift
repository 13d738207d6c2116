// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Chart.js, which goes into each page so that the page needs nothing else.
package enum ChartLibrary {
  static let paths = [
    "/usr/share/javascript/chart.js/chart.min.js", "/usr/share/javascript/chart.js/Chart.min.js",
    "/usr/share/nodejs/chart.js/dist/chart.min.js",
  ]

  /// Returns its text from `PLUMBLINE_CHARTJS` or where Debian installs it; nil, with a note, when
  /// it is in neither place.
  package static func text() -> String? {
    let named = ProcessInfo.processInfo.environment["PLUMBLINE_CHARTJS"]
    for path in named.map({ [$0] }) ?? paths {
      if let text = try? String(contentsOfFile: path, encoding: .utf8) { return text }
    }
    Terminal.log(
      "note: Chart.js was not found, so the page has tables but no charts; install libjs-chart.js "
        + "or set PLUMBLINE_CHARTJS to the path of chart.min.js"
    )
    return nil
  }
}
