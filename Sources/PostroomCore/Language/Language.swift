/// A language of the product. Adding one is adding a case here and one file with its catalogue.
public enum Language: String, Sendable, Codable, CaseIterable {
    case english = "en"
    case russian = "ru"

    /// The phrases of this language.
    public var catalogue: Catalogue {
        switch self {
        case .english: .english
        case .russian: .russian
        }
    }

    /// The best match for an `Accept-Language` value or a locale name (`ru_RU.UTF-8`); English where nothing fits.
    public init(preferences: String) {
        var best: (language: Language, weight: Double) = (.english, 0)
        for item in preferences.split(separator: ",") {
            let parts = item.split(separator: ";")
            guard let tag = parts.first?.drop(while: { $0 == " " }) else { continue }
            let primary = tag.prefix { $0 != "-" && $0 != "_" && $0 != "." }.lowercased()
            guard let language = Language(rawValue: primary) else { continue }
            let quality = parts.dropFirst().lazy.compactMap { part -> Double? in
                let text = part.drop { $0 == " " }
                return text.hasPrefix("q=") ? Double(text.dropFirst(2)) : nil
            }.first
            let weight = quality ?? 1
            if weight > best.weight { best = (language, weight) }
        }
        self = best.language
    }
}

/// What happened, why, and what to do, for a person. `{name}` stands for a detail.
public struct Phrase: Sendable, Hashable {
    public var title: String
    public var detail: String
    public var fix: String

    public init(_ title: String, _ detail: String = "", fix: String = "") {
        self.title = title
        self.detail = detail
        self.fix = fix
    }

    /// The phrase with its details filled in; a detail that is not there is left out.
    public func filled(with details: [String: String]) -> Phrase {
        Phrase(Self.fill(title, details), Self.fill(detail, details), fix: Self.fill(fix, details))
    }

    private static func fill(_ text: String, _ details: [String: String]) -> String {
        guard text.contains("{") else { return text }
        var out = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            out += rest[..<open]
            out += details[String(rest[rest.index(after: open)..<close])] ?? ""
            rest = rest[rest.index(after: close)...]
        }
        return out + rest
    }
}

/// All phrases of one language.
public struct Catalogue: Sendable {
    public var causes: [DiagnosisCause: Phrase]
    public var problems: [ProblemCode: Phrase]
    public var actors: [DiagnosisActor: String]
    public var stages: [DiagnosisStage: String]
    public var sides: [MailSide: String]
    public var discovery: DiscoveryPhrases
    public var deliveries: DeliveryPhrases

    public init(
        causes: [DiagnosisCause: Phrase], problems: [ProblemCode: Phrase], actors: [DiagnosisActor: String],
        stages: [DiagnosisStage: String], sides: [MailSide: String], discovery: DiscoveryPhrases, deliveries: DeliveryPhrases
    ) {
        self.causes = causes
        self.problems = problems
        self.actors = actors
        self.stages = stages
        self.sides = sides
        self.discovery = discovery
        self.deliveries = deliveries
    }
}
