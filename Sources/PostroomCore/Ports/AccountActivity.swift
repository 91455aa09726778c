/// Who keeps accounts running; told by the account service of what people do.
public protocol AccountActivity: Sendable {
    /// A new or resumed account: begin to mirror it.
    func start(_ account: AccountID) async
    /// A paused or removed account: returns when nothing works for it any more.
    func stop(_ account: AccountID) async
    /// Its credential, provider or settings changed: begin anew.
    func restart(_ account: AccountID) async
    /// Look at the server now, without waiting for the next round or the end of a back-off.
    func syncNow(_ account: AccountID) async
}
