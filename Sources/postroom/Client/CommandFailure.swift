import ArgumentParser
import Foundation
import PostroomCore

/// Why a command ends without having done its work: one line for the person, one code for scripts.
struct CommandFailure: Error {
    /// The documented exit codes (sysexits.h).
    enum Code: Int32 {
        case failed = 1
        case usage = 64
        case badInput = 65
        case unavailable = 69
        case tryLater = 75
        case refused = 77
    }

    var code: Code
    var message: String
    /// The stable code of the API's problem, where it came from there, and after how many seconds to ask again.
    var problem = ""
    var retryAfter: Int?

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Prints the reason and ends the process with the right code.
    static func exit(for error: any Error) -> Never {
        switch error {
        case let failure as CommandFailure:
            finish(failure.message, failure.code.rawValue)
        case let problem as Problem:
            let phrase = problem.phrase(in: Terminal.language)
            finish(line(phrase), Code.badInput.rawValue)
        case let failure as MailFailure:
            let code: Code = failure.retry == .later ? .tryLater : .refused
            finish(line(failure.diagnosis.phrase(in: Terminal.language)), code.rawValue)
        case StoreError.diskFull: finish("The disk is full: make room, then try again.", Code.failed.rawValue)
        case StoreError.inUse(let what): finish("In use: \(what). Try again later, or on the node that has it.", Code.tryLater.rawValue)
        case StoreError.unavailable(let words): finish("The database does not answer: \(words)", Code.unavailable.rawValue)
        case StoreError.busy: finish("The database is busy: try again in a moment.", Code.tryLater.rawValue)
        default:
            // ArgumentParser's own: help, version, and wrong usage with exit code 64.
            if !Postroom.exitCode(for: error).isSuccess, Postroom.exitCode(for: error) != .validationFailure {
                finish("\(error)", Code.failed.rawValue)
            }
            Postroom.exit(withError: error)
        }
    }

    static func line(_ phrase: Phrase) -> String {
        [phrase.title, phrase.detail, phrase.fix].filter { !$0.isEmpty }
            .map { $0.hasSuffix(".") || $0.hasSuffix("?") || $0.hasSuffix("!") ? $0 : $0 + "." }.joined(separator: " ")
    }

    private static func finish(_ message: String, _ code: Int32) -> Never {
        fflush(nil)
        FileHandle.standardError.write(Data("postroom: \(message)\n".utf8))
        Foundation.exit(code)
    }
}
