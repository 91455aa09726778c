import Foundation
import PostroomCore

/// The sealed data key of a store.
public enum StoredKey {
    /// nil where nothing was ever sealed.
    public static func read(_ place: StorePlace) throws -> [UInt8]? {
        let database = try MaintenanceDatabase(place)
        defer { try? database.close() }
        let text = try database.read { try $0.row("SELECT value FROM settings WHERE name = 'data-key'")?.text(0) }
        return text.flatMap { Data(base64Encoded: $0) }.map { Array($0) }
    }
}
