import AsyncHTTPClient
import CResolv
import CZlib
import MailProtocol
import NIOSSL
import NIOPosix
import X509
