import PostroomCore

/// Counts what each user has under way (maxConcurrentRequests, maxConcurrentUpload).
actor RequestGate {
    private let maxRequests: Int
    private let maxUploads: Int
    private var requests: [UserID: Int] = [:]
    private var uploads: [UserID: Int] = [:]

    init(maxRequests: Int, maxUploads: Int) {
        self.maxRequests = maxRequests
        self.maxUploads = maxUploads
    }

    func enter(_ user: UserID) -> Bool {
        guard requests[user, default: 0] < maxRequests else { return false }
        requests[user, default: 0] += 1
        return true
    }

    func leave(_ user: UserID) {
        requests[user] = requests[user].flatMap { $0 > 1 ? $0 - 1 : nil }
    }

    func enterUpload(_ user: UserID) -> Bool {
        guard uploads[user, default: 0] < maxUploads else { return false }
        uploads[user, default: 0] += 1
        return true
    }

    func leaveUpload(_ user: UserID) {
        uploads[user] = uploads[user].flatMap { $0 > 1 ? $0 - 1 : nil }
    }
}
