// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// MLflow's registry as far as it is asked, with the answers of the real one (3.17).
package final class StubMLflow: Sendable {
  private struct State {
    var models: Set<String> = []
    var versions: [(name: String, number: Int, tags: [[String: String]])] = []
    var aliases: [String: String] = [:]
    /// What every call is answered with instead; nil for the usual.
    var outage: Int?
  }

  private let state = Mutex(State())
  private let server: StubServer

  package var address: String { server.address }

  package init() throws {
    server = try StubServer()
    server.answer { [self] in reply($0) }
  }

  package func stop() { server.stop() }

  /// Answers every call with a status, or as usual again.
  package func fail(with status: Int?) { state.withLock { $0.outage = status } }

  private func reply(_ request: StubServer.Request) -> StubServer.Reply {
    state.withLock { state in
      if let status = state.outage { return .answer(status, body: "down for maintenance") }
      let parts = URLComponents(string: request.path)
      let query = Dictionary(
        (parts?.queryItems ?? []).map { ($0.name, $0.value ?? "") },
        uniquingKeysWith: { $1 }
      )
      let body = request.json as? [String: Any] ?? [:]
      let path = (parts?.path ?? "").replacing("/api/2.0/mlflow/", with: "")
      switch (request.method, path) {
      case ("POST", "registered-models/create"):
        guard let name = body["name"] as? String else { return Self.invalid("name is missing") }
        guard state.models.insert(name).inserted else {
          return Self.fault(
            "RESOURCE_ALREADY_EXISTS",
            "Registered Model (name=\(name)) already exists."
          )
        }
        return Self.json(["registered_model": ["name": name]])
      case ("POST", "model-versions/create"):
        guard let name = body["name"] as? String, state.models.contains(name),
          body["source"] is String
        else { return Self.fault("RESOURCE_DOES_NOT_EXIST", "no such model", status: 404) }
        // Asked again it makes another one.
        let number = state.versions.count { $0.name == name } + 1
        let tags = body["tags"] as? [[String: String]] ?? []
        state.versions.append((name, number, tags))
        return Self.json(["model_version": Self.version(name, number, tags)])
      case ("GET", "model-versions/search"):
        let found = state.versions.filter {
          ["name='\($0.name)'", "name=\"\($0.name)\""].contains(query["filter"])
        }
        // The newest first, two at a time.
        let rest = Array(found.reversed().dropFirst(Int(query["page_token"] ?? "") ?? 0))
        var page: [String: Any] = [
          "model_versions": rest.prefix(2).map { Self.version($0.name, $0.number, $0.tags) }
        ]
        if rest.count > 2 { page["next_page_token"] = "\(found.count - rest.count + 2)" }
        return Self.json(page)
      case ("GET", "registered-models/alias"):
        let key = "\(query["name"] ?? "")/\(query["alias"] ?? "")"
        guard let number = state.aliases[key],
          let version = state.versions.first(where: {
            $0.name == query["name"] && "\($0.number)" == number
          })
        else { return Self.invalid("Registered model alias \(query["alias"] ?? "") not found.") }
        return Self.json([
          "model_version": Self.version(version.name, version.number, version.tags)
        ])
      case ("POST", "registered-models/alias"):
        guard let name = body["name"] as? String, let alias = body["alias"] as? String,
          let number = body["version"] as? String,
          state.versions.contains(where: { $0.name == name && "\($0.number)" == number })
        else { return Self.fault("RESOURCE_DOES_NOT_EXIST", "no such version", status: 404) }
        state.aliases["\(name)/\(alias)"] = number
        return Self.json([:])
      case ("DELETE", "registered-models/alias"):
        guard let name = body["name"] as? String, let alias = body["alias"] as? String else {
          return Self.invalid("Missing value for required parameter 'name'.")
        }
        state.aliases["\(name)/\(alias)"] = nil
        return Self.json([:])
      default: return .answer(404, body: "<html>no such page</html>")
      }
    }
  }

  private static func version(_ name: String, _ number: Int, _ tags: [[String: String]]) -> [String:
    Any]
  {
    ["name": name, "version": "\(number)", "status": "READY", "tags": tags]
  }

  private static func invalid(_ words: String) -> StubServer.Reply {
    fault("INVALID_PARAMETER_VALUE", words)
  }

  private static func fault(_ code: String, _ words: String, status: Int = 400) -> StubServer.Reply
  {
    json(["error_code": code, "message": words], status: status)
  }

  private static func json(_ value: [String: Any], status: Int = 200) -> StubServer.Reply {
    let data = try? JSONSerialization.data(withJSONObject: value)
    return .answer(status, body: String(decoding: data ?? Data(), as: UTF8.self))
  }
}
