// SPDX-License-Identifier: Apache-2.0
import Foundation
package import Settings

/// MLflow's model registry, over its REST API 2.0.
///
/// The registry numbers versions by itself. Which of them is a version of the log is shown by the
/// tag `plumbline.version`, else by the number.
package struct MLflowRegistry: Sendable {
  private let address: String
  /// The registered model.
  package let model: String
  private let authorization: String?
  private let client: WebClient

  private static let versionTag = "plumbline.version"
  private static let jobTag = "plumbline.job"

  /// - `environment`: The variables of the process, which hold secrets.
  /// - Throws: `Secret.Unset`.
  package init(
    _ settings: RegistrySettings,
    _ client: WebClient,
    environment: [String: String]
  ) throws(Secret.Unset) {
    let text = try settings.address.text(environment)
    address = (text.hasSuffix("/") ? String(text.dropLast()) : text) + "/api/2.0/mlflow"
    model = settings.model
    self.client = client
    if let token = settings.token {
      authorization = "Bearer \(try token.text(environment))"
    } else if let user = settings.user, let password = settings.password {
      let pair = "\(user):\(try password.text(environment))"
      authorization = "Basic \(Data(pair.utf8).base64EncodedString())"
    } else {
      authorization = nil
    }
  }

  /// A call that did not do what was asked.
  package struct Refused: Error, Sendable, CustomStringConvertible {
    package let description: String
  }

  /// A version as the registry has it.
  package struct Entry: Sendable, Hashable {
    /// The registry's own number.
    package let number: String
    /// The version of the log.
    package let version: String
  }

  private struct ModelVersion: Decodable {
    struct Tag: Decodable {
      let key: String
      let value: String?
    }

    let version: String
    let tags: [Tag]?

    var entry: Entry {
      let named = tags?.first { $0.key == MLflowRegistry.versionTag }?.value
      return Entry(number: version, version: named ?? version)
    }
  }

  private struct One: Decodable { let model_version: ModelVersion }

  private struct Page: Decodable {
    let model_versions: [ModelVersion]?
    let next_page_token: String?
  }

  private struct ErrorBody: Decodable { let error_code: String? }

  /// Returns the version that an alias points to; nil where there is none.
  package func version(of alias: String) async throws -> Entry? {
    let response = try await call(
      "GET",
      "registered-models/alias",
      query: ["name": model, "alias": alias]
    )
    // An alias that is not there is an invalid parameter to MLflow, a model that is not there is
    // not.
    if response.status == 400, code(response) == "INVALID_PARAMETER_VALUE" { return nil }
    return try decoded(One.self, from: response, refusal: "the alias '\(alias)' cannot be read")
      .model_version
      .entry
  }

  /// Returns all versions of the model, as many calls as it takes.
  package func entries() async throws -> [Entry] {
    var entries: [Entry] = []
    var token: String?
    repeat {
      // MLflow knows no way to write a quote within quotes of its kind.
      let quote = model.contains("'") ? "\"" : "'"
      var query = ["filter": "name=\(quote)\(model)\(quote)", "max_results": "1000"]
      query["page_token"] = token
      let page = try decoded(
        Page.self,
        from: try await call("GET", "model-versions/search", query: query),
        refusal: "the versions cannot be read"
      )
      entries += (page.model_versions ?? []).map(\.entry)
      token = page.next_page_token.flatMap { $0.isEmpty ? nil : $0 }
    } while token != nil
    return entries
  }

  /// Registers what a job has made, once; where it is known, that one is returned.
  ///
  /// - `source`: Where the model is, such as `runs:/ID/model`.
  package func register(
    _ version: String,
    source: String,
    run: String?,
    job: Int
  ) async throws -> Entry {
    // MLflow makes another version each time it is asked.
    if let known = try await entries().first(where: { $0.version == version }) { return known }
    let made = try await call("POST", "registered-models/create", body: ["name": model])
    guard made.status == 200 || code(made) == "RESOURCE_ALREADY_EXISTS" else {
      throw refusal(made, "the model '\(model)' cannot be made")
    }
    struct Order: Encodable {
      let name: String
      let source: String
      let run_id: String?
      let tags: [[String: String]]
    }
    let order = Order(
      name: model,
      source: source,
      run_id: run,
      tags: [
        ["key": Self.versionTag, "value": version], ["key": Self.jobTag, "value": String(job)],
      ]
    )
    return try decoded(
      One.self,
      from: try await call("POST", "model-versions/create", body: order),
      refusal: "'\(version)' cannot be registered"
    ).model_version.entry
  }

  /// Lets an alias point to a version, and reads it again: MLflow overwrites blindly.
  package func set(_ alias: String, to entry: Entry) async throws {
    let response = try await call(
      "POST",
      "registered-models/alias",
      body: ["name": model, "alias": alias, "version": entry.number]
    )
    guard response.status == 200 else {
      throw refusal(response, "the alias '\(alias)' cannot be set")
    }
    let now = try await version(of: alias)
    guard now?.number == entry.number else {
      throw Refused(
        description:
          "the alias '\(alias)' of '\(model)' was set to \(entry.number) and points to \(now?.number ?? "nothing"): somebody else "
          + "has moved it"
      )
    }
  }

  /// Takes an alias away; nothing where there is none.
  package func remove(_ alias: String) async throws {
    let response = try await call(
      "DELETE",
      "registered-models/alias",
      body: ["name": model, "alias": alias]
    )
    guard response.status == 200 || [400, 404].contains(response.status) else {
      throw refusal(response, "the alias '\(alias)' cannot be taken away")
    }
  }

  // MARK: Calls

  private func call(
    _ method: String,
    _ path: String,
    query: [String: String] = [:]
  ) async throws -> WebResponse {
    try await call(method, path, query: query, body: nil as [String: String]?)
  }

  private func call(
    _ method: String,
    _ path: String,
    query: [String: String] = [:],
    body: (some Encodable)?
  ) async throws -> WebResponse {
    var parts = URLComponents()
    parts.queryItems = query.sorted { $0.key < $1.key }.map {
      URLQueryItem(name: $0.key, value: $0.value)
    }
    var headers = ["Content-Type": "application/json"]
    headers["Authorization"] = authorization
    let text = parts.percentEncodedQuery.map { $0.replacing("+", with: "%2B") } ?? ""
    return try await client.send(
      WebRequest(
        method,
        "\(address)/\(path)" + (text.isEmpty ? "" : "?\(text)"),
        headers: headers,
        body: try body.map { Array(try JSONEncoder().encode($0)) } ?? []
      )
    )
  }

  private func code(_ response: WebResponse) -> String? {
    (try? JSONDecoder().decode(ErrorBody.self, from: Data(response.body)))?.error_code
  }

  private func decoded<Value: Decodable>(
    _ type: Value.Type,
    from response: WebResponse,
    refusal what: String
  ) throws -> Value {
    guard response.status == 200 else { throw refusal(response, what) }
    do {
      return try JSONDecoder().decode(type, from: Data(response.body))
    } catch {
      throw Refused(description: "\(what): the answer is none of MLflow's: '\(response.excerpt)'")
    }
  }

  private func refusal(_ response: WebResponse, _ what: String) -> Refused {
    let text = response.excerpt.isEmpty ? "" : ": \(response.excerpt)"
    return Refused(description: "\(what): HTTP \(response.status)\(text)")
  }
}
