import Foundation

/// The built-in catalogue of mail services, and its two questions: whose domain, whose mail exchanger.
public struct ProviderCatalogue: Sendable {
    /// By name.
    public let entries: [CatalogueEntry]
    private let byDomain: [String: Int]
    private let byExchanger: [String: Int]
    private let byID: [String: Int]

    public init(_ entries: [CatalogueEntry]) {
        let sorted = entries.sorted { ($0.name.lowercased(), $0.id) < ($1.name.lowercased(), $1.id) }
        self.entries = sorted
        var (domains, exchangers, ids) = ([String: Int](), [String: Int](), [String: Int]())
        for (index, entry) in sorted.enumerated() {
            for domain in entry.domains { domains[domain] = index }
            for name in entry.mx { exchangers[name] = index }
            ids[entry.id] = index
        }
        (byDomain, byExchanger, byID) = (domains, exchangers, ids)
    }

    /// The entries of the program; read once, when somebody first asks.
    public static let builtIn = ProviderCatalogue(read(from: folder))

    public static var folder: URL {
        Bundle.module.resourceURL?.appendingPathComponent("Providers") ?? URL(fileURLWithPath: "Providers")
    }

    /// Files that can't be read are left out: the test of the catalogue finds them before anybody else does.
    static func read(from folder: URL) -> [CatalogueEntry] {
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        let decoder = JSONDecoder()
        return files.filter { $0.pathExtension == "json" }.compactMap { file in
            (try? Data(contentsOf: file)).flatMap { try? decoder.decode(CatalogueEntry.self, from: $0) }
        }
    }

    public func entry(_ id: String) -> CatalogueEntry? { byID[id].map { entries[$0] } }

    public func entry(forDomain domain: String) -> CatalogueEntry? { byDomain[domain.lowercased()].map { entries[$0] } }

    /// The service of a mail exchanger: by its own name or the longest known name above it.
    public func entry(forExchanger host: String) -> CatalogueEntry? {
        var name = host.lowercased()[...]
        if name.hasSuffix(".") { name.removeLast() }
        while true {
            if let index = byExchanger[String(name)] { return entries[index] }
            guard let dot = name.firstIndex(of: ".") else { return nil }
            name = name[name.index(after: dot)...]
        }
    }
}
