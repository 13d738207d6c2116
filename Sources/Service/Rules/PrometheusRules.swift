// SPDX-License-Identifier: Apache-2.0
package import Alerting
import Checks
import Profiles
package import Settings

/// Writes the rules as Prometheus reads them: the verdict stays ours, which allows for chance, and
/// Prometheus repeats it.
package enum PrometheusRules {
  /// The rules file.
  package static func rules(_ rules: [Rule], _ settings: AlertingSettings) -> String {
    var text = "groups:\n"
    for group in groups(rules) {
      text += "  - name: \(quoted("plumbline-" + group.name))\n    rules:\n"
      for rule in group.rules { text += alert(rule) }
    }
    let stale = settings.staleAfter.microseconds / 1_000_000
    return text + """
        - name: plumbline-itself
          rules:
            - alert: PlumblineCheckStale
              expr: time() - plumbline_check_last_timestamp_seconds > \(stale)
              for: 5m
              labels: { severity: critical }
              annotations:
                summary: "{{ $labels.model }} was last checked more than \(settings.staleAfter) ago"
            - alert: PlumblineAbsent
              expr: absent(plumbline_build_info)
              for: 10m
              labels: { severity: critical }
              annotations:
                summary: "no metrics of plumbline arrive: nobody watches the models"
            - alert: PlumblineChannelFails
              expr: plumbline_channel_failures >= 5
              for: 5m
              labels: { severity: warning }
              annotations:
                summary: "{{ $labels.channel }} has failed {{ printf \\"%.0f\\" $value }} times in a row"

      """
  }

  /// The tests of the rules file, in promtool's language.
  ///
  /// - Parameters:
  ///   - rules: The rules.
  ///   - file: The rules file, relative to the tests.
  /// - Returns: The YAML.
  package static func tests(_ rules: [Rule], file: String) -> String {
    let notifying = groups(rules).flatMap(\.rules)
    var text = """
      rule_files: [\(quoted(file))]
      evaluation_interval: 1m
      tests:
        - interval: 1m
          input_series:
            - series: 'plumbline_build_info{version="test"}'
              values: '1x30'
            - series: 'plumbline_check_last_timestamp_seconds{model="churn"}'
              values: '0x30'

      """
    for rule in notifying {
      text += """
              - series: 'plumbline_alert_firing{\(labels(rule))}'
                values: '1x9 _x20'

        """
    }
    text += "    alert_rule_test:\n"
    for rule in notifying {
      text += """
              - eval_time: 5m
                alertname: \(quoted(rule.name))
                exp_alerts:
                  - exp_labels: { \(expected(rule)) }
                    exp_annotations: { summary: \(quoted(summary(rule, filled: true))) }

        """
    }
    return text + """
            - eval_time: 20m
              alertname: PlumblineAbsent
              exp_alerts: []

      """
  }

  private static func groups(_ rules: [Rule]) -> [(name: String, rules: [Rule])] {
    var groups: [(name: String, rules: [Rule])] = []
    for rule in rules where rule.actions.contains(.notify) {
      if let index = groups.firstIndex(where: { $0.name == rule.group }) {
        groups[index].rules.append(rule)
      } else {
        groups.append((rule.group, [rule]))
      }
    }
    return groups
  }

  /// A scrape that fails is no end: the alert goes on for two intervals of the check's usual pace.
  private static func alert(_ rule: Rule) -> String {
    var text = """
            - alert: \(quoted(rule.name))
              expr: max without (silenced) (plumbline_alert_firing{alert=\(quoted(rule.name)), silenced="false"}) == 1
              keep_firing_for: 15m
              labels:
                severity: \(rule.severity.rawValue)

      """
    for (name, value) in rule.policy.labels.sorted(by: { $0.key < $1.key }) {
      text += "          \(name): \(quoted(value))\n"
    }
    return text + """
              annotations:
                summary: \(quoted(summary(rule, filled: false)))

      """
  }

  private static func summary(_ rule: Rule, filled: Bool) -> String {
    let model = filled ? "churn" : "{{ $labels.model }}"
    let subject = filled ? "tenure" : "{{ $labels.subject }}"
    let window = filled ? "7d" : "{{ $labels.window }}"
    return
      "\(rule.name) of \(subject), \(model), window \(window): \(rule.condition.check.rawValue)"
  }

  private static func labels(_ rule: Rule) -> String {
    "alert=\"\(rule.name)\", model=\"churn\", version=\"v1\", subject=\"tenure\", window=\"7d\", "
      + "severity=\"\(rule.severity.rawValue)\", silenced=\"false\""
  }

  private static func expected(_ rule: Rule) -> String {
    let own = [
      ("alert", rule.name), ("model", "churn"), ("version", "v1"), ("subject", "tenure"),
      ("window", "7d"), ("severity", rule.severity.rawValue),
    ]
    return (own + rule.policy.labels.map { ($0.key, $0.value) }).map { "\($0.0): \(quoted($0.1))" }
      .joined(separator: ", ")
  }

  /// A text in double quotes, as YAML and PromQL both read it.
  private static func quoted(_ text: String) -> String {
    "\""
      + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing(
        "\n",
        with: "\\n"
      )
      + "\""
  }
}
