import Dispatch
import PostroomCore

/// The store in a data folder.
public typealias SQLiteStore = SQLStore

extension SQLStore {
    /// Opens `postroom.db` in the data folder, making both where they are missing, and brings the schema up to date.
    ///
    /// Throws `DataFolderError.inUse` where another process holds the folder.
    public static func open(folder path: String, clock: any Clock = SystemClock()) async throws -> SQLStore {
        let folder = try DataFolder(path: path)
        let database = try SQLiteDatabase(path: folder.path + "/postroom.db")
        let store = try await SQLStore(database: database, folder: folder, clock: clock)
        // By the time that somebody writes; where it fails, the first write says why.
        DispatchQueue.global().async { try? database.openWriter() }
        return store
    }
}
