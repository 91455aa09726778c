import CPQ
import CZlib
import GRDB
import PostroomCore
